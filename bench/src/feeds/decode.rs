//! ITCH 5.0 bytes to events, beside decoders that hand out every field and store none.
//!
//! All of them sum times, references, shares and prices, which is how they are held equal.

use std::hint::black_box;
use std::sync::Arc;

use tourbillon_feeds::{EventSource, Kind, MarketEvent, Options, open_bytes};

use super::{Setup, measured, streams};
use crate::contenders::{Contender, Found, Scenario};

pub(crate) const NAME: &str = "decode";
pub(super) const OURS: &str = "ours, 64-byte events";
pub(super) const ITCH5: &str = "itch5, every field";
pub(super) const ITCHY: &str = "itchy, every field";

/// Events that are taken at once: 16 KiB, so that they stay in the first cache until they are read.
const STEP: usize = 256;

pub(super) fn scenario(setup: &Setup) -> anyhow::Result<Scenario> {
    let bytes = Arc::new(streams::itch(setup.events)?);
    let messages = ours(&mut *open_bytes(bytes.to_vec(), &Options::default())?).matches as usize;
    let ours = {
        let bytes = Arc::clone(&bytes);
        move || {
            let mut source = open_bytes(bytes.to_vec(), &Options::default())?;
            Ok(measured(messages, || ours(&mut *source)))
        }
    };
    #[cfg_attr(not(feature = "feed-peers"), expect(unused_mut))]
    let mut contenders = vec![Contender::new(OURS, NAME, Box::new(ours))];
    #[cfg(feature = "feed-peers")]
    contenders.extend(super::peer::itch::contenders(&bytes, messages));
    Ok(Scenario {
        name: NAME,
        about: "ITCH 5.0 messages of a generated day, in memory".to_owned(),
        events: messages,
        contenders,
    })
}

fn ours(source: &mut dyn EventSource) -> Found {
    let mut out = vec![MarketEvent::default(); STEP];
    let mut sum = Sum::default();
    loop {
        let filled = source.fill(&mut out);
        if filled == 0 {
            return sum.found();
        }
        for event in black_box(&out[..filled]) {
            sum.messages += 1;
            sum.times = sum.times.wrapping_add(event.ts_event);
            // The frequent types; what others have in these fields only this decoder puts there.
            if event.kind <= Kind::Trade as u8 {
                sum.orders = sum.orders.wrapping_add(event.order_id + u64::from(event.size));
                sum.prices = sum.prices.wrapping_add(event.price as u64);
            }
        }
    }
}

/// What decoders are held equal by.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) messages: u64,
    pub(super) times: u64,
    /// References and shares of adds, replacements, cancels, deletes, executions and trades.
    pub(super) orders: u64,
    /// Their prices in 1e-9.
    pub(super) prices: u64,
}

impl Sum {
    pub(super) fn found(&self) -> Found {
        let checksum = self.times.wrapping_add(self.orders).wrapping_add(self.prices);
        Found { matches: self.messages, checksum }
    }
}
