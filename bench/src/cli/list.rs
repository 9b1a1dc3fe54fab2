//! `tourbillon patterns`: the built-in patterns.

use serde::Serialize;

use super::{Ended, Output, print_json, print_line};
use crate::patterns::{ALL, BuiltIn};

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    about: &'static str,
    feed: &'static str,
    text: &'static str,
}

pub(crate) fn run(output: Output) -> anyhow::Result<Ended> {
    let listed = ALL.iter().map(|&BuiltIn { name, about, feed, text, .. }| Listed {
        name,
        about,
        feed,
        text: text.trim_end(),
    });
    if output.json {
        let listed: Vec<_> = listed.collect();
        print_json(&serde_json::json!({ "schema_version": 1, "patterns": listed }))?;
    } else {
        for Listed { name, about, feed, text } in listed {
            print_line(&format!("{name}  (feed: {feed})\n  {about}\n\n{text}\n"))?;
        }
    }
    Ok(Ended::Done)
}
