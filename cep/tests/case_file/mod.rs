//! Cases in text files: a query, a few events, and what should come out.
//!
//! ```text
//! define:                          -- for the cases of this file that have no DEFINE
//!   a AS kind = 'a', b AS kind = 'b'
//!
//! ## name of the case
//! -- why it comes out so
//! MEASURES SUM(v) AS total PATTERN ( a b+ ) WITHIN 100 NS
//! events: a10 b5x2 b7/1 ~8 c@20
//! gives:
//!   a=1 b=2 | total = 15 at 3
//! ```
//!
//! An event is its kind, its number (`v`, 0 if it is left out; `price` is the same number in
//! hundredths, `score` in `f64`), `x` its quantity (`q`, else 1), `/` its group (`g`, else 0), `@`
//! its time (`ts`, else one later than the item before). `~8` is a watermark. What comes out is in
//! order: steps with the places of their events from 1, the measures, and which event (or
//! watermark, or the end) let it out, if that is not its last event. `timeout` is what was cut off.

#![allow(unreachable_pub, missing_docs)]

mod run;

use std::fs;
use std::path::Path;

/// A case as it stands in its file.
#[derive(Debug, Default)]
pub struct Case {
    pub name: String,
    pub query: String,
    pub items: Vec<Item>,
    pub gives: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
pub enum Item {
    Event(Event),
    Watermark(u64),
}

#[repr(C)]
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Event {
    pub ts: u64,
    pub v: i64,
    pub score: f64,
    pub q: u32,
    pub g: u16,
    pub kind: u8,
    pub pad: u8,
}

/// The kinds of events, which are numbered in this order.
pub const KINDS: &str = "abcdefn";

/// Runs all cases of the files of `folder`, which are at least `least`.
pub fn run_folder(folder: &str, least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the cases are there")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    let (mut cases, mut failed) = (0, Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).expect("a readable file");
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for case in parse(&text) {
            cases += 1;
            let seen = run::outputs(&case);
            if seen != case.gives {
                let (gives, seen) = (case.gives.join("\n  "), seen.join("\n  "));
                failed.push(format!("{stem}: {}\n  {gives}\nand not\n  {seen}", case.name));
            }
        }
    }
    assert!(failed.is_empty(), "{} of {cases} failed:\n{}", failed.len(), failed.join("\n\n"));
    assert!(cases >= least, "{cases} cases");
}

fn parse(text: &str) -> Vec<Case> {
    let (head, rest) = text.split_once("## ").expect("a case");
    let define = head.split_once("define:").map_or("", |(_, define)| define);
    rest.split("\n## ").map(|case| parse_case(case, define)).collect()
}

fn parse_case(text: &str, define: &str) -> Case {
    let (name, text) = text.split_once('\n').expect("a name and more");
    let (query, text) = text.split_once("events:").expect("events");
    let (events, gives) = text.split_once("gives:").expect("what it gives");
    let mut query = query.to_owned();
    if !query.contains("DEFINE") && !define.is_empty() {
        query = format!("{query} DEFINE {define}");
    }
    let mut time = 0;
    let items = events.split_whitespace().map(|token| item(token, &mut time)).collect();
    let gives = gives.lines().map(str::trim).filter(|line| !line.is_empty());
    let gives = gives.filter(|line| *line != "nothing").map(str::to_owned).collect();
    Case { name: name.to_owned(), query, items, gives }
}

/// `kind number xquantity /group @time`, or `~time`.
fn item(token: &str, time: &mut u64) -> Item {
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("a number in `{token}`"));
    *time += 1;
    if let Some(watermark) = token.strip_prefix('~') {
        *time = number(watermark) as u64;
        return Item::Watermark(*time);
    }
    let part = |from: char| {
        let part = token[1..].split_once(from)?.1;
        let end = part.find(['x', '/', '@']).unwrap_or(part.len());
        Some(number(&part[..end]))
    };
    if let Some(at) = part('@') {
        *time = at as u64;
    }
    let end = token.find(['x', '/', '@']).unwrap_or(token.len());
    let v = if end == 1 { 0 } else { number(&token[1..end]) };
    let kind = KINDS.find(&token[..1]).unwrap_or_else(|| panic!("a kind in `{token}`"));
    Item::Event(Event {
        ts: *time,
        v,
        score: v as f64,
        q: part('x').unwrap_or(1) as u32,
        g: part('/').unwrap_or(0) as u16,
        kind: kind as u8,
        pad: 0,
    })
}
