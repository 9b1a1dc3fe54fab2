//! Patterns about what is derived from events: a price that leaves its moving average, and a bar
//! that breaks out of the three before it.
//!
//! ```text
//! cargo run -p tourbillon-cep --example derived
//! ```

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::agg::{
    Bar, DerivedMatcher, Limits, Sample, Sliding, Tumble, Tumbling, Vwap, Window,
};
use tourbillon_cep::builder::pattern;
use tourbillon_cep::event::Event;
use tourbillon_cep::matching;

const SECOND: u64 = 1_000_000_000;

#[derive(Clone, Copy)]
struct Trade {
    time: u64,
    symbol: u32,
    price: i64,
    size: u32,
}

/// A trade, and the average price of its symbol's last ten seconds.
#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
#[event(name = "averaged")]
struct Averaged {
    #[event(time)]
    time: u64,
    price: i64,
    vwap: i64,
    symbol: u32,
    size: u32,
}

/// Ten seconds of a symbol.
#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
#[event(name = "bars")]
struct Candle {
    #[event(time)]
    end: u64,
    high: i64,
    close: i64,
    symbol: u64,
}

pattern! {
    /// Three trades in a row half a percent or more above the average.
    deviation FROM Averaged MATCH_RECOGNIZE (
        PARTITION BY symbol
        AFTER MATCH SKIP PAST LAST ROW EAGER
        PATTERN ( above{3} STRICT )
        WITHIN 10 S
        DEFINE above AS price >= vwap * 1.005
    )
}

pattern! {
    /// A bar that closes above the highs of the three before.
    breakout FROM Candle MATCH_RECOGNIZE (
        PARTITION BY symbol
        ALL MATCHES
        AFTER MATCH SKIP NONE
        PATTERN ( a b c out )
        WITHIN 1 MIN
        DEFINE out AS close > a.high AND close > b.high AND close > c.high
    )
}

fn sample(trade: &Trade) -> Sample {
    let &Trade { time, symbol, price, size } = trade;
    Sample { key: symbol.into(), time, value: price, weight: size }
}

fn averaged(trade: &Trade, vwap: Option<i64>) -> Averaged {
    let &Trade { time, symbol, price, size } = trade;
    Averaged { time, price, vwap: vwap.unwrap_or(price), symbol, size }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let average = Sliding::new(
        Window::Time(10 * SECOND),
        Vwap::default(),
        Limits::default(),
        sample,
        |trade: &Trade, reading| averaged(trade, reading.aggregate.floor()),
    )?;
    let bars = Tumbling::new(
        Tumble::Time(10 * SECOND),
        Bar::default(),
        Limits::default(),
        sample,
        |bar| {
            let &Bar { high, close, .. } = bar.aggregate;
            Candle { end: bar.end, high, close, symbol: bar.key }
        },
    )?;
    let limits = matching::Limits::default();
    let mut deviations = DerivedMatcher::new(average, deviation()?.matcher(limits)?);
    let mut breakouts = DerivedMatcher::new(bars, breakout()?.matcher(limits)?);

    // Two symbols that trade four times a second; the second one jumps after a minute.
    let (mut left, mut broke) = (Vec::new(), Vec::new());
    for at in 0..480 {
        let (time, symbol) = (at * SECOND / 4, (at % 2) as u32);
        let wave = [0, 3, -2, 1, -3][at as usize / 2 % 5];
        let jump = if symbol == 1 && time >= 60 * SECOND { 100 } else { 0 };
        let trade = Trade { time, symbol, price: 10_000 + wave + jump, size: 100 };
        deviations.push(&trade, &mut |it| left.push((it.start_time(), it.end_time())))?;
        breakouts.push(&trade, &mut |it| broke.push(it.end_time()))?;
    }
    deviations.finish(&mut |it| left.push((it.start_time(), it.end_time())));
    breakouts.finish(&mut |it| broke.push(it.end_time()));

    for (from, to) in &left {
        let seconds = |time: u64| time as f64 / SECOND as f64;
        println!("above the average from {} s to {} s", seconds(*from), seconds(*to));
    }
    for end in &broke {
        println!("a breakout in the bar up to {} s", end / SECOND);
    }
    assert!(!left.is_empty() && left.iter().all(|(from, _)| *from >= 60 * SECOND));
    assert_eq!(broke, [70 * SECOND]);
    Ok(())
}
