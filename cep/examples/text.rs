//! A pattern in the text language, as it may stand in a file: an iceberg order, of which a new
//! part appears at the same price each time the one before is filled.
//!
//! ```text
//! cargo run -p tourbillon-cep --example text
//! ```

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::{Event, Limits, Matcher, Pattern};

/// What happens to an order book.
#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
#[event(name = "book")]
struct Change {
    /// Nanoseconds.
    #[event(time)]
    ts: u64,
    #[event(decimals = 4)]
    price: i64,
    size: u32,
    stock: u16,
    #[event(symbols(ADD = 1, FILL = 2))]
    kind: u16,
}

const TEXT: &str = "
PATTERN iceberg FROM book MATCH_RECOGNIZE (
  PARTITION BY stock
  MEASURES first_part.price AS price, SUM(size) AS seen, COUNT(refill.*) AS refills
  AFTER MATCH SKIP PAST LAST ROW EAGER
  PATTERN ( first_part -> (fill -> refill){3} )
  WITHIN 5 S
  DEFINE
    first_part AS kind = 'ADD',
    fill AS kind = 'FILL' AND price = first_part.price,
    refill AS kind = 'ADD' AND price = first_part.price AND size = first_part.size
);";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A mistake in the text is shown with its line, a caret and what to do.
    let pattern = Pattern::<Change>::parse("iceberg.sql", TEXT)?;
    let mut matcher = Matcher::new(&pattern, Limits::default())?;

    let change = |at, stock, kind, price| Change { ts: at * 1_000, price, size: 100, stock, kind };
    let changes = [1, 2, 1, 2, 1, 2, 1].map(|kind| (7, kind, 101_500));
    let others = [(8, 1, 99_000), (8, 2, 99_000), (7, 1, 101_400)];
    let mut found = 0;
    for (sequence, (stock, kind, price)) in (0..).zip(others.into_iter().chain(changes)) {
        matcher.push(sequence, &change(sequence, stock, kind, price), &mut |it| {
            found += 1;
            for measure in ["price", "seen", "refills"] {
                if let Some(value) = it.value(measure) {
                    println!("{measure:8} {}", value.named(pattern.ir()));
                }
            }
            println!("events   {:?}", it.sequences().collect::<Vec<_>>());
        })?;
    }
    assert_eq!(found, 1);
    Ok(())
}
