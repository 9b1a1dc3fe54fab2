//! `tourbillon patterns`: the built-in patterns.

use serde::Serialize;
use tourbillon_feeds::Instruments;

use super::{Ended, Output, print_json, print_line};
use crate::patterns::ALL;

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    about: &'static str,
    feed: &'static str,
    text: String,
}

pub(crate) fn run(output: Output) -> anyhow::Result<Ended> {
    // Some patterns name symbols: show them as a feed with those symbols would have them.
    let mut instruments = Instruments::default();
    for symbol in ["INTC", "RIMM", "QQQ"] {
        instruments.intern(symbol);
    }
    let listed = ALL.iter().map(|built_in| {
        let text = built_in.text(&instruments)?;
        Ok(Listed { name: built_in.name, about: built_in.about, feed: built_in.feed, text })
    });
    let listed: Vec<Listed> = listed.collect::<anyhow::Result<_>>()?;
    if output.json {
        print_json(&serde_json::json!({ "schema_version": 1, "patterns": listed }))?;
    } else {
        for Listed { name, about, feed, text } in listed {
            print_line(&format!("{name}  (feed: {feed})\n  {about}\n\n{text}\n"))?;
        }
    }
    Ok(Ended::Done)
}
