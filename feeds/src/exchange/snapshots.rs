//! A server of snapshots within the test: the orders that are live after a message.

use std::collections::BTreeMap;

use crate::itch::{AddOrder, Message};
use crate::session::{SnapshotProgress, SnapshotSource};

/// Gives the state after the newest message, some time after it is asked.
#[derive(Debug, Default)]
pub struct SnapshotServer {
    delay: u64,
    orders: BTreeMap<u64, AddOrder>,
    seen: u64,
    ready_at: Option<u64>,
    snapshot: Vec<Vec<u8>>,
    next: u64,
}

impl SnapshotServer {
    /// A server whose snapshots are complete `delay` nanoseconds after they are asked for.
    #[must_use]
    pub fn new(delay: u64) -> Self {
        Self { delay, ..Self::default() }
    }

    /// Takes the next message that the exchange sent.
    pub fn apply(&mut self, message: &[u8]) {
        self.seen += 1;
        match Message::read(message) {
            Ok(Message::AddOrder(add)) => {
                self.orders.insert(add.order_ref, add);
            }
            Ok(Message::OrderExecuted(exec)) => self.take(exec.order_ref, exec.shares),
            Ok(Message::OrderExecutedWithPrice(exec)) => self.take(exec.order_ref, exec.shares),
            Ok(Message::OrderCancel(cancel)) => {
                self.take(cancel.order_ref, cancel.cancelled_shares);
            }
            Ok(Message::OrderDelete(delete)) => self.take(delete.order_ref, u32::MAX),
            Ok(Message::OrderReplace(new)) => {
                if let Some(old) = self.orders.remove(&new.original_ref) {
                    let order = AddOrder {
                        header: new.header,
                        order_ref: new.new_ref,
                        shares: new.shares,
                        price: new.price,
                        ..old
                    };
                    self.orders.insert(new.new_ref, order);
                }
            }
            _ => {}
        }
    }

    /// Messages seen so far.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Orders that are live after them.
    #[must_use]
    pub fn live_orders(&self) -> usize {
        self.orders.len()
    }

    fn take(&mut self, order: u64, shares: u32) {
        if let Some(live) = self.orders.get_mut(&order) {
            live.shares = live.shares.saturating_sub(shares);
            if live.shares == 0 {
                self.orders.remove(&order);
            }
        }
    }
}

impl SnapshotSource for SnapshotServer {
    fn start(&mut self, now: u64) {
        self.ready_at = Some(now + self.delay);
        self.next = self.seen + 1;
        self.snapshot = self
            .orders
            .values()
            .map(|order| {
                let mut bytes = Vec::new();
                Message::AddOrder(*order).write(&mut bytes);
                bytes
            })
            .collect();
    }

    fn poll(&mut self, now: u64) -> SnapshotProgress {
        match self.ready_at {
            Some(time) if now >= time => SnapshotProgress::Ready { next: self.next },
            Some(_) => SnapshotProgress::Pending,
            None => SnapshotProgress::Failed,
        }
    }

    fn messages(&self, each: &mut dyn FnMut(&[u8])) {
        for message in &self.snapshot {
            each(message);
        }
    }
}
