//! Two rings in one pipeline, and a stage that comes and goes while it runs.
//!
//! ```text
//!   producer --> [ orders ] --> price --> match --> [ trades ] --> book
//!                                                              \-> tap, for a while
//! ```
//!
//! `price` changes orders in place; `match` publishes a trade for every second one into the next
//! ring. Run it with `cargo run --release -p tourbillon-engine --example two_rings`.

use tourbillon_engine::{
    Batch, BatchMut, Capacity, Fault, Graph, Handler, Outlet, Pipeline, Relay,
};

#[derive(Clone, Copy, Debug, Default)]
struct Order {
    size: u64,
    value: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Trade {
    value: u64,
}

/// Adds up what was traded.
#[derive(Default)]
struct Book {
    turnover: u64,
}

impl Handler<Trade> for Book {
    fn on_batch(&mut self, batch: &Batch<'_, Trade>) -> Result<(), Fault> {
        self.turnover += batch.iter().map(|(_, trade)| trade.value).sum::<u64>();
        Ok(())
    }

    fn on_stop(&mut self) {
        println!("traded for {}", self.turnover);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut producer, mut orders) = Graph::<Order>::single(Capacity::new(512)?);
    let (to_trades, mut trades) = Graph::<Trade>::single(Capacity::new(128)?);

    let price = orders.stage("price").handle_mut(|batch: &mut BatchMut<'_, Order>| {
        batch.iter_mut().for_each(|(_, order)| order.value = 25 * order.size);
        Ok(())
    });
    let every_second = |batch: &Batch<'_, Order>, out: &mut Outlet<'_, Trade>| {
        let matched = batch.iter().filter(|(sequence, _)| sequence % 2 == 1);
        matched.map(|(_, order)| Trade { value: order.value }).try_for_each(|t| out.publish(t))
    };
    orders.stage("match").after(&[price]).handle(Relay::new(to_trades, 1, every_second));

    trades.stage("book").handle(Book::default());

    let hub = trades.hub();
    let running = Pipeline::new().add(orders).add(trades).start()?;
    for size in 1..=10_000 {
        producer.publish(Order { size, value: 0 })?;
    }
    let tap = hub.stage("tap").after(&["book"]).handle(|_: &Batch<'_, Trade>| Ok(()))?;
    for size in 1..=10_000 {
        producer.publish(Order { size, value: 0 })?;
    }
    let tap = tap.detach()?;
    println!("the tap saw the trades {} to {}", tap.from, tap.until);

    producer.close();
    let summary = running.join()?;
    for stage in &summary.stages {
        println!("{:>6}: {} events in {} batches", stage.name, stage.events, stage.batches);
    }
    Ok(())
}
