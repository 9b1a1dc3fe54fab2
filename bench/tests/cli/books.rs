//! Order books between a feed and patterns: what was planted in the orders is found in the quotes.

use std::fs::{read_to_string, write};

use serde_json::Value;
use tourbillon_feeds::itch::{AddOrder, Header, Message, OrderDelete};

use crate::support::{found, list, number, tourbillon};

const MICROSECOND: u64 = 1_000;
const OPEN: u64 = 34_200_000_000_000;

/// A file of ITCH 5.0.
#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    orders: u64,
}

impl File {
    fn put(&mut self, message: &Message) {
        let mut bytes = Vec::new();
        message.write(&mut bytes);
        self.bytes.extend((bytes.len() as u16).to_be_bytes());
        self.bytes.extend(bytes);
    }

    /// Adds an order of 100 shares at a price in cents; gives its reference.
    fn add(&mut self, stock_locate: u16, time: u64, side: u8, cents: u32) -> u64 {
        self.orders += 1;
        self.put(&Message::AddOrder(AddOrder {
            header: Header { stock_locate, tracking: 0, timestamp: OPEN + time },
            order_ref: self.orders,
            side,
            shares: 100,
            stock: *b"PLANTED ",
            price: cents * 100,
        }));
        self.orders
    }

    fn delete(&mut self, stock_locate: u16, time: u64, order_ref: u64) {
        let header = Header { stock_locate, tracking: 0, timestamp: OPEN + time };
        self.put(&Message::OrderDelete(OrderDelete { header, order_ref }));
    }

    /// A book one cent wide whose best bid goes after `after` ns, so that it is eleven cents wide.
    fn emptied(&mut self, stock_locate: u16, time: u64, after: u64) {
        self.add(stock_locate, time, b'B', 990);
        self.add(stock_locate, time, b'S', 1_001);
        let best = self.add(stock_locate, time, b'B', 1_000);
        self.delete(stock_locate, time + after, best);
    }
}

#[test]
fn planted_changes_of_the_best_prices_are_found() {
    let mut file = File::default();
    // Too slow for the pattern, which asks for a millisecond; then fast enough.
    file.emptied(1, 0, 1_001 * MICROSECOND);
    file.emptied(2, 2_000 * MICROSECOND, 900 * MICROSECOND);
    file.add(2, 3_000 * MICROSECOND, b'B', 1_001);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    write(path("planted.itch"), &file.bytes).expect("a file");
    let run = |options: &[&str]| {
        let patterns = ["--pattern", "widening", "--pattern", "locked"];
        let common = ["--rate", "max", "--json", "--matches", &path("found.jsonl")];
        let feed = path("planted.itch");
        tourbillon(&[&["run", &feed], &patterns[..], &common[..], options].concat()).closed_loop()
    };
    let matches = |report: &Value| found(report).iter().map(|it| it.1).collect::<Vec<_>>();
    assert_eq!(matches(&run(&[])), [0, 0], "orders alone are no quotes");
    for mode in ["realtime", "micro-batch"] {
        let report = run(&["--books", "--mode", mode]);
        assert_eq!(matches(&report), [1, 1], "{mode}");
        let lines = read_to_string(path("found.jsonl")).expect("the matches");
        let lines: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        // Each event is followed by the quote that it completes, and here every one completes one.
        let sequences = |line: &Value| list(&line["sequences"]).iter().map(number).collect();
        let found: Vec<Vec<u64>> = lines.iter().map(sequences).collect();
        assert_eq!(found, [vec![13, 15], vec![17]], "{mode}");
    }
}

#[test]
fn a_feed_with_books_is_looked_at_for_quotes_and_faults_are_told() {
    let common = ["--events", "60k", "--rate", "max", "--json"];
    let report = tourbillon(&[&["run", "synthetic", "--books"], &common[..]].concat());
    let report = report.closed_loop();
    let found = found(&report);
    assert_eq!(found.iter().map(|it| it.0).collect::<Vec<_>>(), ["widening", "locked"]);
    assert!(found[0].1 > 0, "{report}");

    let mut file = File::default();
    file.delete(1, 0, 77);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("orphan.itch").display().to_string();
    write(&path, &file.bytes).expect("a file");
    let ran = tourbillon(&["run", &path, "--books", "--rate", "max", "--json"]);
    assert!(ran.err.contains("books, 1 times: the order is not in the book"), "{ran:?}");
}
