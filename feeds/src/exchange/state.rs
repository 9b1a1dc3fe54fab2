//! What a late listener has to be told: the stocks, their trading states and the live orders.

use std::collections::BTreeMap;

use crate::itch::{AddOrder, AddOrderMpid, Message};

/// An order that is live, and its participant if that was told.
#[derive(Clone, Copy, Debug)]
struct Live {
    add: AddOrder,
    attribution: Option<[u8; 4]>,
}

/// The state after the messages that were applied.
#[derive(Debug, Default)]
pub struct State {
    seen: u64,
    /// By stock locate.
    stocks: BTreeMap<u16, Message>,
    trading: BTreeMap<u16, Message>,
    /// By reference, which grows with time: so in order of priority.
    orders: BTreeMap<u64, Live>,
}

impl State {
    /// Takes the next message of the session.
    pub fn apply(&mut self, message: &[u8]) {
        self.seen += 1;
        let Ok(message) = Message::read(message) else { return };
        match message {
            Message::StockDirectory(stock) => {
                self.stocks.insert(stock.header.stock_locate, message);
            }
            Message::StockTradingAction(action) => {
                self.trading.insert(action.header.stock_locate, message);
            }
            Message::AddOrder(add) => {
                self.orders.insert(add.order_ref, Live { add, attribution: None });
            }
            Message::AddOrderMpid(mpid) => {
                let AddOrderMpid { header, order_ref, side, shares, stock, price, attribution } =
                    mpid;
                let add = AddOrder { header, order_ref, side, shares, stock, price };
                self.orders.insert(order_ref, Live { add, attribution: Some(attribution) });
            }
            Message::OrderExecuted(exec) => self.take(exec.order_ref, exec.shares),
            Message::OrderExecutedWithPrice(exec) => self.take(exec.order_ref, exec.shares),
            Message::OrderCancel(cancel) => self.take(cancel.order_ref, cancel.cancelled_shares),
            Message::OrderDelete(delete) => self.take(delete.order_ref, u32::MAX),
            Message::OrderReplace(new) => {
                if let Some(old) = self.orders.remove(&new.original_ref) {
                    let add = AddOrder {
                        header: new.header,
                        order_ref: new.new_ref,
                        shares: new.shares,
                        price: new.price,
                        ..old.add
                    };
                    self.orders.insert(new.new_ref, Live { add, ..old });
                }
            }
            _ => {}
        }
    }

    /// Messages applied so far.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Orders that are live after them.
    #[must_use]
    pub fn live_orders(&self) -> usize {
        self.orders.len()
    }

    /// The messages that bring a listener here.
    pub fn messages(&self) -> impl Iterator<Item = Vec<u8>> {
        let orders = self.orders.values().map(|live| {
            let AddOrder { header, order_ref, side, shares, stock, price } = live.add;
            match live.attribution {
                None => Message::AddOrder(live.add),
                Some(attribution) => Message::AddOrderMpid(AddOrderMpid {
                    header,
                    order_ref,
                    side,
                    shares,
                    stock,
                    price,
                    attribution,
                }),
            }
        });
        self.stocks.values().chain(self.trading.values()).copied().chain(orders).map(|message| {
            let mut bytes = Vec::new();
            message.write(&mut bytes);
            bytes
        })
    }

    fn take(&mut self, order: u64, shares: u32) {
        if let Some(live) = self.orders.get_mut(&order) {
            live.add.shares = live.add.shares.saturating_sub(shares);
            if live.add.shares == 0 {
                self.orders.remove(&order);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{Generator, Profile};

    /// A state tells itself: applied to nothing, its messages give the same state.
    #[test]
    fn a_state_told_is_the_same_state() {
        let mut file = Vec::new();
        let summary =
            Generator::new(3, 20, Profile::busy()).write(&mut file, 20_000).expect("memory");
        let (mut state, mut rest) = (State::default(), &file[..]);
        while let Some(message) = crate::mold::block(rest).filter(|message| !message.is_empty()) {
            state.apply(message);
            rest = &rest[2 + message.len()..];
        }
        assert_eq!(state.seen(), summary.messages);
        assert_eq!(state.live_orders() as u64, summary.live_orders);
        let told: Vec<_> = state.messages().collect();
        assert!(told.iter().any(|message| message[0] == AddOrderMpid::CODE));
        let mut again = State::default();
        told.iter().for_each(|message| again.apply(message));
        assert_eq!(again.messages().collect::<Vec<_>>(), told);
        assert_eq!(told.len(), 2 * 20 + state.live_orders());
    }
}
