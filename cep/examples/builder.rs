//! A pattern put together from typed values: a wash trade, in which an account buys and sells the
//! same stock at one price within a second, for a list of accounts that is only known now.
//!
//! ```text
//! cargo run -p tourbillon-cep --example builder
//! ```

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::builder::{Condition, Units, of, step};
use tourbillon_cep::{Event, Limits, Matcher, Pattern};

/// An execution.
#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
#[event(name = "executions")]
struct Execution {
    /// Nanoseconds.
    #[event(time)]
    ts: u64,
    #[event(decimals = 4)]
    price: i64,
    account: u32,
    stock: u16,
    #[event(symbols(BUY = 1, SELL = 2))]
    side: u16,
}

fn wash_trade(accounts: &[u32]) -> Result<Pattern<Execution>, tourbillon_cep::lang::Diagnostics> {
    let none: Condition<Execution> = Execution::ACCOUNT.lt(0);
    let watched = accounts.iter().fold(none, |any, it| any.or(Execution::ACCOUNT.eq(*it)));
    // A misspelt field, or a price held against an account's side, does not compile.
    let bought = step("bought", Execution::SIDE.eq("BUY").and(watched));
    let sold = Execution::SIDE.eq("SELL").and(Execution::PRICE.eq(of("bought", Execution::PRICE)));
    Pattern::builder("wash_trade")
        .partition_by(Execution::STOCK)
        .partition_by(Execution::ACCOUNT)
        .pattern(bought.then(step("sold", sold)))
        .within(1.s())
        .measure("account", of("sold", Execution::ACCOUNT))
        .build()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pattern = wash_trade(&[11, 12])?;
    println!("{pattern}\n");
    let mut matcher = Matcher::new(&pattern, Limits::default())?;

    let executions = [(11, 7, 1), (12, 7, 2), (13, 7, 1), (11, 8, 2), (13, 7, 2), (11, 7, 2)];
    let mut found = Vec::new();
    for (sequence, (account, stock, side)) in (0..).zip(executions) {
        let execution = Execution { ts: sequence * 1_000, price: 100_000, account, stock, side };
        matcher.push(sequence, &execution, &mut |it| {
            found.push(it.sequences().collect::<Vec<_>>());
        })?;
    }
    matcher.finish(&mut |it| found.push(it.sequences().collect()))?;
    println!("events {found:?}");
    assert_eq!(found, [[0, 5]]);
    Ok(())
}
