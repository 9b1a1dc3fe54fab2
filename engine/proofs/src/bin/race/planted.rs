//! What the detector must not miss.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tourbillon_proofs::{Tick, tick};

/// Plain memory handed over by a flag that orders nothing.
#[allow(unsafe_code)] // A race cannot be planted without it.
pub(crate) fn race() {
    #[derive(Default)]
    struct Handover {
        event: UnsafeCell<Tick>,
        published: AtomicBool,
    }
    // SAFETY: none; that is the point.
    unsafe impl Sync for Handover {}
    impl Handover {
        fn write(&self, event: Tick) {
            // SAFETY: none; the flag should be stored with `Release`.
            unsafe { self.event.get().write(event) };
            self.published.store(true, Ordering::Relaxed);
        }

        fn read(&self) -> Tick {
            while !self.published.load(Ordering::Relaxed) {
                thread::yield_now();
            }
            // SAFETY: none; the flag should have been loaded with `Acquire`.
            unsafe { self.event.get().read() }
        }
    }
    let handover = Handover::default();
    thread::scope(|scope| {
        let reader = scope.spawn(|| handover.read());
        handover.write(tick(7));
        assert_eq!(reader.join().expect("reads"), tick(7));
    });
}
