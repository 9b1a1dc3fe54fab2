//! Events of one's own, and one pattern written three ways: pumps whose pressure rises three times
//! in a row, and whose valve does not open within two seconds.
//!
//! ```text
//! cargo run -p tourbillon-cep --example own_events
//! ```

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::builder::{Pattern, Units, lag, last, pattern, step};
use tourbillon_cep::decimal;
use tourbillon_cep::event::Event;
use tourbillon_cep::lang::Diagnostics;
use tourbillon_cep::matching::Limits;

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
    /// The pattern in the text language, checked by the compiler.
    overpressure FROM Report MATCH_RECOGNIZE (
        PARTITION BY pump
        MEASURES LAST(high.pressure) AS bar
        PATTERN ( high{3} -> NOT opened FOR 2 S )
        WITHIN 1 MIN
        DEFINE high AS kind = "PRESSURE" AND pressure > 1.5 AND pressure > LAG(pressure),
               opened AS kind = "OPENED"
    )
}

/// The same in a text that a user may give.
const TEXT: &str = "PATTERN overpressure FROM pumps MATCH_RECOGNIZE (
  PARTITION BY pump
  MEASURES LAST(high.pressure) AS bar
  PATTERN ( high{3} -> NOT opened FOR 2 S )
  WITHIN 1 MIN
  DEFINE high AS kind = 'PRESSURE' AND pressure > 1.5 AND pressure > LAG(pressure),
         opened AS kind = 'OPENED' )";

/// The same from typed values, for patterns that a program puts together.
fn built() -> Result<Pattern<Report>, Diagnostics> {
    let rising = Report::PRESSURE.gt(lag(Report::PRESSURE, 1));
    let high = Report::KIND.eq("PRESSURE").and(Report::PRESSURE.gt(decimal!(1.5))).and(rising);
    let opened = step("opened", Report::KIND.eq("OPENED"));
    Pattern::builder("overpressure")
        .partition_by(Report::PUMP)
        .pattern(step("high", high).times(3..=3).not_for(opened, 2.s()))
        .within(60.s())
        .measure("bar", last("high", Report::PRESSURE))
        .build()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pattern = overpressure()?;
    assert_eq!(pattern, built()?);
    assert_eq!(pattern, Pattern::parse("pumps.sql", TEXT)?);
    println!("{pattern}\n");

    let report = |seconds: u64, pump, kind, pressure| Report {
        ts: seconds * 1_000_000_000,
        pressure,
        pump,
        kind,
    };
    let reports = [
        report(0, 1, 1, 1_400),
        report(0, 2, 1, 1_450),
        report(1, 1, 1, 1_600),
        report(1, 2, 1, 1_550),
        report(2, 1, 1, 1_700),
        report(2, 2, 1, 1_600),
        report(3, 1, 1, 1_825),
        report(3, 2, 1, 1_650),
        report(4, 2, 2, 0),
        report(9, 2, 1, 1_200),
    ];
    let mut matcher = pattern.matcher(Limits::default())?;
    let mut found = 0;
    for (sequence, report) in (0..).zip(&reports) {
        matcher.push(sequence, report, &mut |it| {
            found += 1;
            let first = it.sequences().next().unwrap_or_default() as usize;
            let pump = reports[first].pump;
            if let Some(bar) = it.value("bar") {
                println!("pump {pump} stays closed at {} bar", bar.named(pattern.ir()));
            }
        });
    }
    assert_eq!(found, 1, "pump 1; the valve of pump 2 opens in time");
    Ok(())
}
