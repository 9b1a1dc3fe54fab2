//! Lossy broadcast: the sender never waits, and slow receivers are told how much they missed.
//!
//! For tickers, dashboards and gauges, where the newest matters more than every single one, and
//! for whoever must not be able to hold a pipeline up. It is no ring of a [`Graph`](crate::Graph):
//! receivers poll on threads of their own, nobody sleeps on it, and no event is ever gated.
//!
//! Each receiver's account is exact: once it is told [`Received::Closed`], the events it received
//! and those reported as [`Received::Missed`] are together all that were published since it
//! subscribed.
//!
//! Events are copied word by word and may be overwritten meanwhile, so they must be
//! [`bytemuck::Pod`]: no padding, and any bit pattern valid.
//!
//! ```
//! use tourbillon_engine::{Capacity, broadcast::{self, Received}};
//!
//! let (mut sender, mut receiver) = broadcast::channel::<u64>(Capacity::at_least(4));
//! sender.publish(7);
//! assert_eq!(receiver.receive(), Received::Event { sequence: 0, event: 7 });
//! for price in 0..10 {
//!     sender.publish(price);
//! }
//! assert_eq!(receiver.receive(), Received::Missed(7));
//! assert_eq!(receiver.receive(), Received::Event { sequence: 8, event: 7 });
//! ```

use bytemuck::Pod;

use crate::event::Capacity;
pub use crate::ring::broadcast::{Received, Receiver, Sender};

/// A channel that keeps the last `capacity` events, and a first receiver of all of them.
#[must_use]
pub fn channel<E: Pod>(capacity: Capacity) -> (Sender<E>, Receiver<E>) {
    let sender = Sender::new(capacity.slots());
    let receiver = sender.subscribe();
    (sender, receiver)
}
