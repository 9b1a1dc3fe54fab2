//! A pattern that the compiler checks, names and types included: pumps whose pressure rises three
//! times in a row, and whose valve does not open within two seconds.
//!
//! ```text
//! cargo run -p tourbillon-cep --example macro
//! ```

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::{Event, Limits, Matcher, pattern};

/// What a pump reports.
#[derive(Event, Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
#[event(name = "pumps")]
struct Report {
    /// Nanoseconds.
    #[event(time)]
    ts: u64,
    /// In millibars; patterns read it in bars.
    #[event(decimals = 3)]
    pressure: i32,
    pump: u16,
    #[event(symbols(PRESSURE = 1, OPENED = 2))]
    kind: u16,
}

pattern! {
    overpressure FROM Report MATCH_RECOGNIZE (
        PARTITION BY pump
        MEASURES LAST(high.pressure) AS bar
        PATTERN ( high{3} -> NOT opened FOR 2 S )
        WITHIN 1 MIN
        DEFINE high AS kind = "PRESSURE" AND pressure > 1.5 AND pressure > LAG(pressure),
               opened AS kind = "OPENED"
    )
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pattern = overpressure()?;
    let mut matcher = Matcher::new(&pattern, Limits::default())?;

    let reports = [
        (0, 1, 1, 1_400),
        (0, 2, 1, 1_450),
        (1, 1, 1, 1_600),
        (1, 2, 1, 1_550),
        (2, 1, 1, 1_700),
        (2, 2, 1, 1_600),
        (3, 1, 1, 1_825),
        (3, 2, 1, 1_650),
        (4, 2, 2, 0),
        (9, 2, 1, 1_200),
    ];
    let mut closed = Vec::new();
    for (sequence, (seconds, pump, kind, pressure)) in (0..).zip(reports) {
        let report = Report { ts: seconds * 1_000_000_000, pressure, pump, kind };
        matcher.push(sequence, &report, &mut |it| {
            let pump = it.sequences().next().map(|first| reports[first as usize].1);
            if let (Some(pump), Some(bar)) = (pump, it.value("bar")) {
                println!("pump {pump} stays closed at {} bar", bar.named(pattern.ir()));
                closed.push(pump);
            }
        })?;
    }
    assert_eq!(closed, [1], "the valve of pump 2 opens in time");
    Ok(())
}
