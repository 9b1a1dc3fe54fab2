//! The decoders `itch5` (structures laid over the bytes) and `itchy` (parser combinators).
//!
//! Every field of the eight types of orders and trades is read, and of the others the head.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Arc;

use itch5::messages::*;
use itch5::{MessageHandler, Parser};
use itchy::{Body, Message, MessageStream};

use crate::contenders::{Contender, Found};
use crate::feeds::decode::{self, Sum};
use crate::feeds::measured;

/// Four decimals to nine.
const PRICE_SCALE: u64 = 100_000;

pub(in crate::feeds) fn contenders(bytes: &Arc<Vec<u8>>, messages: usize) -> [Contender; 2] {
    let contender = |name: &str, decode: fn(&[u8]) -> Found| {
        let bytes = Arc::clone(bytes);
        Contender::new(
            name,
            decode::NAME,
            Box::new(move || Ok(measured(messages, || decode(&bytes)))),
        )
    };
    [contender(decode::ITCH5, itch5), contender(decode::ITCHY, itchy)]
}

/// Without the end of the session, which both take for a message.
fn whole(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(&[0, 0]).unwrap_or(bytes)
}

fn itch5(bytes: &[u8]) -> Found {
    let mut fields = Fields::default();
    Parser::new(whole(bytes)).parse_stream(&mut fields).expect("the generator writes ITCH 5.0");
    black_box(fields.others);
    fields.sum.found()
}

#[derive(Default)]
struct Fields {
    sum: Sum,
    /// Of all fields that are not held equal.
    others: u64,
}

impl Fields {
    #[inline]
    fn head(&mut self, time: u64, locate: u16, tracking: u16) {
        self.sum.messages += 1;
        self.sum.times = self.sum.times.wrapping_add(time);
        self.other(u64::from(locate) ^ u64::from(tracking));
    }

    #[inline]
    fn order(&mut self, reference: u64, shares: u32, price: u32) -> ControlFlow<()> {
        self.sum.orders = self.sum.orders.wrapping_add(reference + u64::from(shares));
        self.sum.prices = self.sum.prices.wrapping_add(u64::from(price) * PRICE_SCALE);
        ControlFlow::Continue(())
    }

    #[inline]
    fn other(&mut self, value: u64) {
        self.others = self.others.wrapping_add(value);
    }
}

macro_rules! head {
    ($self:ident, $message:ident) => {
        $self.head(
            $message.timestamp().to_u64(),
            $message.stock_locate(),
            $message.tracking_number(),
        )
    };
}

macro_rules! heads {
    ($($method:ident $message:ident),* $(,)?) => {
        $(
            fn $method(&mut self, m: &$message) -> ControlFlow<()> {
                head!(self, m);
                ControlFlow::Continue(())
            }
        )*
    };
}

impl MessageHandler for Fields {
    heads! {
        on_system_event SystemEvent,
        on_stock_directory StockDirectory,
        on_stock_trading_action StockTradingAction,
        on_market_participant_position MarketParticipantPosition,
        on_mwcb_decline_level MWCBDeclineLevel,
        on_mwcb_status MWCBStatus,
        on_quoting_period_update QuotingPeriodUpdate,
        on_luld_auction_collar LULDAuctionCollar,
        on_operational_halt OperationalHalt,
        on_cross_trade CrossTrade,
        on_broken_trade BrokenTrade,
        on_net_order_imbalance_indicator NetOrderImbalanceIndicator,
        on_retail_price_improvement_indicator RetailPriceImprovementIndicator,
        on_direct_listing_with_capital_raise_price_discovery
            DirectListingwithCapitalRaisePriceDiscovery,
    }

    fn on_reg_sho_restriction(&mut self, m: &RegSHORestriction) -> ControlFlow<()> {
        self.head(m.timestamp().to_u64(), m.locate_code(), m.tracking_number());
        ControlFlow::Continue(())
    }

    #[inline]
    fn on_add_order_no_mpid_attribution(
        &mut self,
        m: &AddOrderNoMPIDAttribution,
    ) -> ControlFlow<()> {
        head!(self, m);
        self.other(
            m.stock().to_u64() ^ u64::from(matches!(m.buy_sell_indicator(), BuySellIndicator::Buy)),
        );
        self.order(m.order_reference_number(), m.shares(), m.price().into_u32())
    }

    #[inline]
    fn on_add_order_with_mpid_attribution(
        &mut self,
        m: &AddOrderWithMPIDAttribution,
    ) -> ControlFlow<()> {
        head!(self, m);
        self.other(
            m.stock().to_u64() ^ u64::from(matches!(m.buy_sell_indicator(), BuySellIndicator::Buy)),
        );
        self.order(m.order_reference_number(), m.shares(), m.price().into_u32())
    }

    #[inline]
    fn on_order_executed(&mut self, m: &OrderExecuted) -> ControlFlow<()> {
        head!(self, m);
        self.other(m.match_number());
        self.order(m.order_reference_number(), m.executed_shares(), 0)
    }

    #[inline]
    fn on_order_executed_with_price(&mut self, m: &OrderExecutedWithPrice) -> ControlFlow<()> {
        head!(self, m);
        self.other(m.match_number());
        let price = m.execution_price().into_u32();
        self.order(m.order_reference_number(), m.executed_shares(), price)
    }

    #[inline]
    fn on_order_cancel(&mut self, m: &OrderCancel) -> ControlFlow<()> {
        head!(self, m);
        self.order(m.order_reference_number(), m.cancelled_shares(), 0)
    }

    #[inline]
    fn on_order_delete(&mut self, m: &OrderDelete) -> ControlFlow<()> {
        head!(self, m);
        self.order(m.order_reference_number(), 0, 0)
    }

    #[inline]
    fn on_order_replace(&mut self, m: &OrderReplace) -> ControlFlow<()> {
        head!(self, m);
        self.other(m.new_order_reference_number());
        self.order(m.original_order_reference_number(), m.shares(), m.price().into_u32())
    }

    #[inline]
    fn on_trade(&mut self, m: &Trade) -> ControlFlow<()> {
        head!(self, m);
        self.other(m.stock().to_u64() ^ m.match_number());
        self.order(m.order_reference_number(), m.shares(), m.price().into_u32())
    }
}

fn itchy(bytes: &[u8]) -> Found {
    let mut fields = Fields::default();
    for message in MessageStream::from_reader(whole(bytes)) {
        read(&message.expect("the generator writes ITCH 5.0"), &mut fields);
    }
    black_box(fields.others);
    fields.sum.found()
}

#[inline]
fn read(message: &Message, fields: &mut Fields) {
    fields.head(message.timestamp, message.stock_locate, message.tracking_number);
    let stock = |stock: &itchy::ArrayString8| {
        stock.as_bytes().iter().fold(0, |all, &byte| all << 8 | u64::from(byte))
    };
    let _ = match &message.body {
        Body::AddOrder(m) => {
            fields.other(stock(&m.stock) ^ u64::from(m.side == itchy::Side::Buy));
            fields.order(m.reference, m.shares, m.price.raw())
        }
        Body::DeleteOrder { reference } => fields.order(*reference, 0, 0),
        Body::OrderCancelled { reference, cancelled } => fields.order(*reference, *cancelled, 0),
        Body::OrderExecuted { reference, executed, match_number } => {
            fields.other(*match_number);
            fields.order(*reference, *executed, 0)
        }
        Body::OrderExecutedWithPrice { reference, executed, match_number, price, .. } => {
            fields.other(*match_number);
            fields.order(*reference, *executed, price.raw())
        }
        Body::ReplaceOrder(m) => {
            fields.other(m.new_reference);
            fields.order(m.old_reference, m.shares, m.price.raw())
        }
        Body::NonCrossTrade(m) => {
            fields.other(stock(&m.stock) ^ m.match_number);
            fields.order(m.reference, m.shares, m.price.raw())
        }
        _ => ControlFlow::Continue(()),
    };
}
