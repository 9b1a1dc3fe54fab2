//! The path of an event on threads that may not make a system call.
//!
//! Once the pipeline is in its stride, the producer's and the stages' threads put themselves
//! behind a filter with one rule: any system call kills the process (`SIGSYS`). The main thread,
//! which is not behind it, ends the program when all of them have passed the last event. Threads that
//! wait spin; the other ways of waiting are there to make system calls.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use tourbillon_engine::{Batch, Capacity, FanIn, Fault, Graph, Handler, Producer, Wait};
use tourbillon_proofs::{
    EVENTS, Publisher, STEADY, Steady, Tick, Watch, in_batches, in_claims, inline, multi,
    one_by_one, single, whole, whole_each,
};

const WATCH: Watch = Watch { begin: seal, end: pass };

/// Threads that have passed the last event.
static PASSED: AtomicU32 = AtomicU32::new(0);

fn main() -> ExitCode {
    tourbillon_proofs::main(&[
        ("one-by-one", || pipeline(single(), Wait::Spin, one_by_one, whole)),
        ("in-batches", || pipeline(single(), Wait::Spin, in_batches, whole)),
        ("in-claims", || pipeline(single(), Wait::Spin, in_claims, whole)),
        ("inline", || pipeline(inline(), Wait::Spin, one_by_one, whole)),
        ("multi", || pipeline(multi(), Wait::Spin, one_by_one, whole)),
        ("busy", || pipeline(single(), Wait::BusySpin, one_by_one, whole)),
        ("isolated", || pipeline(single(), Wait::Spin, one_by_one, whole_each())),
        ("attached", || attached(whole)),
        ("fan-in", || fan_in(whole)),
        ("planted-in-stage", || pipeline(single(), Wait::Spin, one_by_one, calls)),
        ("planted-in-producer", || pipeline(single(), Wait::Spin, publishes_and_calls, whole)),
        ("planted-in-attached", || attached(calls)),
        ("planted-in-fan-in", || fan_in(calls)),
        ("planted-wait", || pipeline(single(), Wait::Yield, one_by_one, whole)),
    ])
}

/// A producer, and two stages on a thread of their own.
fn pipeline<P: Publisher>(
    (producer, mut graph): (P, Graph<Tick>),
    wait: Wait,
    publish: fn(&mut P),
    handler: impl Handler<Tick>,
) {
    graph.threads(1).producer_wait(wait).force_spin(true);
    let first = graph.stage("first").wait(wait).handle(Steady { handler, watch: WATCH });
    graph.stage("second").after(&[first]).wait(wait).handle(whole);
    let _running = graph.start().expect("starts");
    run(producer, publish);
    end_after(2);
}

/// A stage that is attached before the steady state, in place of another one. It does not leave:
/// the end of its thread would be a system call.
fn attached(handler: impl Handler<Tick>) {
    let (mut producer, mut graph) = single();
    graph.threads(1).producer_wait(Wait::Spin).force_spin(true);
    graph.stage("stays").wait(Wait::Spin).handle(Steady { handler: whole, watch: WATCH });
    let hub = graph.hub();
    let _running = graph.start().expect("starts");
    let brief = hub.stage("brief").wait(Wait::Spin).handle(whole).expect("attaches");
    for _ in 0..STEADY / 2 {
        one_by_one(&mut producer);
    }
    brief.detach().expect("nobody follows it");
    let late = hub.stage("late").after(&["stays"]).wait(Wait::Spin);
    let _late = late.handle(Steady { handler, watch: WATCH }).expect("attaches");
    run(producer, one_by_one);
    end_after(3);
}

/// Two rings into one stage, both published into by one thread.
fn fan_in(handler: impl Handler<Tick>) {
    let (producers, mut merge) = FanIn::<Tick>::new(2, Capacity::at_least(1024));
    let [one, mut other] = <[_; 2]>::try_from(producers).expect("two sources");
    merge.wait(Wait::Spin).producer_wait(Wait::Spin).force_spin(true);
    merge.stage("merge", Steady { handler, watch: WATCH });
    let _running = merge.start().expect("starts");
    run(one, move |one| {
        one_by_one(one);
        one_by_one(&mut other);
    });
    end_after(2);
}

/// Publishes all events on a thread of its own, the steady ones behind the filter.
fn run<P: Publisher>(mut producer: P, mut publish: impl FnMut(&mut P) + Send + 'static) {
    thread::spawn(move || {
        let mut publish_until = |events| {
            while producer.published() < events {
                publish(&mut producer);
            }
        };
        publish_until(STEADY);
        seal();
        publish_until(EVENTS);
        pass();
        loop {
            std::hint::spin_loop(); // Even the end of the thread would be a system call.
        }
    });
}

/// Ends the program when so many threads have passed the last event.
fn end_after(threads: u32) -> ! {
    while PASSED.load(Ordering::Relaxed) < threads {
        thread::sleep(Duration::from_millis(1));
    }
    std::process::exit(0);
}

fn calls(_: &Batch<'_, Tick>) -> Result<(), Fault> {
    let _own = std::process::id();
    Ok(())
}

fn publishes_and_calls(producer: &mut Producer<Tick>) {
    one_by_one(producer);
    let _own = std::process::id();
}

fn pass() {
    PASSED.fetch_add(1, Ordering::Relaxed);
}

/// From here on a system call of this thread kills the process.
#[allow(unsafe_code)] // The C interface of the kernel.
fn seal() {
    let rule = libc::sock_filter {
        code: (libc::BPF_RET | libc::BPF_K) as u16,
        jt: 0,
        jf: 0,
        k: libc::SECCOMP_RET_KILL_PROCESS,
    };
    let filter = libc::sock_fprog { len: 1, filter: (&raw const rule).cast_mut() };
    // SAFETY: this option takes no pointer.
    let renounced = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    let filtered = |filter: *const libc::sock_fprog| {
        // SAFETY: the kernel copies the filter and its one rule before the call returns.
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, filter) }
    };
    if renounced != 0 || filtered(&raw const filter) != 0 {
        eprintln!("this kernel takes no filter: {}", std::io::Error::last_os_error());
        std::process::exit(NO_FILTER);
    }
}

/// The exit code on a system without filters.
const NO_FILTER: i32 = 77;
