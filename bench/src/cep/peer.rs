//! Others' engines on the first stock query, beside ours in two readings.
//!
//! Their match counts stand beside every rate: what an engine calls "skip till any match" may be
//! something else than all matches. Peers are built in with a feature of their own, as they bring
//! many dependencies.

use std::sync::Arc;

use anyhow::ensure;

use super::Setup;
use super::core_stock::text_trial;
use super::stock::{self, Stocks};
use crate::contenders::{Contender, Scenario};

#[cfg(feature = "varpulis-sase")]
mod varpulis;

pub(crate) const NAME: &str = "peers";
pub(crate) const OURS_ANY: &str = "ours, any";
pub(crate) const OURS_NEXT: &str = "ours, next";
pub(crate) const VARPULIS: &str = "varpulis-sase";
pub(crate) const VARPULIS_ANY: &str = "varpulis-sase, any";
pub(crate) const VARPULIS_NEXT: &str = "varpulis-sase, next";

/// The first stock query with `link` between its steps.
fn text(link: &str) -> String {
    format!(
        "PATTERN q1 FROM stock MATCH_RECOGNIZE ( ALL MATCHES
            PATTERN ( t1 {link} t2 {link} t3 ) WITHIN 10 S
            DEFINE t1 AS event_type = 'SELL' AND name = 'INTC',
                t2 AS event_type = 'BUY' AND name = 'RIMM',
                t3 AS event_type = 'BUY' AND name = 'QQQ' );"
    )
}

pub(crate) fn scenario(
    setup: &Setup<'_>,
    stock: &Arc<Stocks>,
    notes: &mut Vec<String>,
) -> anyhow::Result<Scenario> {
    let mut contenders = Vec::new();
    for (name, link) in [(OURS_ANY, "->>"), (OURS_NEXT, "->")] {
        let ir = stock::pattern(&text(link), "q1")?;
        contenders.push(Contender::new(name, link, text_trial(ir, Arc::clone(stock))));
    }
    #[cfg(feature = "varpulis-sase")]
    contenders.extend(varpulis::contenders(stock));
    if cfg!(not(feature = "varpulis-sase")) {
        let missing = "varpulis-sase is not built in: build with --features varpulis-sase";
        ensure!(!setup.peers.iter().any(|peer| peer == VARPULIS), "{missing}");
        notes.push(missing.to_owned());
    }
    Ok(Scenario {
        name: NAME,
        about: "stock trades, three steps in 10 s: every later event that fits, or the next one"
            .to_owned(),
        events: stock.rows.len(),
        contenders,
    })
}
