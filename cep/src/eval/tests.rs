//! Conditions against what they say, computed by hand on small numbers.

use std::mem::offset_of;
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use proptest::prelude::*;

use super::{Test, View};
use crate::comparison::Comparison;
use crate::ir::{Aggregate, Condition, Decimal, Expr, Place, StepId};
use crate::schema::{FieldId, FieldType, Schema, SchemaField};

#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct Trade {
    time: u64,
    /// In hundredths.
    price: i32,
    quantity: u32,
    rate: f64,
}

fn schema() -> Arc<Schema> {
    let price = SchemaField::new("price", FieldType::I32, offset_of!(Trade, price));
    Schema::builder::<Trade>("trade")
        .field(SchemaField::new("time", FieldType::U64, offset_of!(Trade, time)))
        .field(price.decimals(2))
        .field(SchemaField::new("quantity", FieldType::U32, offset_of!(Trade, quantity)))
        .field(SchemaField::new("rate", FieldType::F64, offset_of!(Trade, rate)))
        .time("time")
        .build()
        .expect("a sound schema")
}

/// Events bound to step 0, all but the last; that one is under test, and bound to nothing.
struct Trades(Vec<Trade>);

impl View<Trade> for Trades {
    fn event(&self, place: Place) -> Option<&Trade> {
        let (current, bound) = self.0.split_last()?;
        match place {
            Place::Current => Some(current),
            Place::Previous(back) => bound.iter().rev().nth(back.checked_sub(1)? as usize),
            Place::First(_, later) => bound.get(later as usize),
            Place::Last(_, earlier) => bound.iter().rev().nth(earlier as usize),
            Place::Row(_) => None,
        }
    }

    fn each(&self, _: Option<StepId>, visit: impl FnMut(&Trade)) {
        self.0[..self.0.len() - 1].iter().rev().for_each(visit);
    }
}

const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

fn of(aggregate: Aggregate) -> Expr {
    Expr::Aggregate { aggregate, over: Some(StepId::new(0)) }
}

fn field(field: FieldId) -> Expr {
    Expr::Field { place: Place::Current, field }
}

/// Whether `left comparison right` says the same as the sign of `difference`, for every
/// comparison, and is unknown where that is `None`, negated or not.
fn check(left: &Expr, right: &Expr, trades: &Trades, difference: Option<i128>) {
    for comparison in COMPARISONS {
        let (left, right) = (left.clone(), right.clone());
        let condition = Condition::Compare { left, comparison, right };
        let negated = Condition::Not(Box::new(condition.clone()));
        let holds = |it| Test::new(it, &schema()).expect("numbers that fit").holds(trades);
        let plain = difference.map(|difference| comparison.holds(difference));
        assert_eq!(holds(&condition), plain == Some(true), "{condition:?} {trades:?}");
        assert_eq!(holds(&negated), plain == Some(false), "not {condition:?} {trades:?}");
    }
}

impl std::fmt::Debug for Trades {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn trades() -> impl Strategy<Value = Trades> {
    let trade = (-9..9_i32, 0..5_u32, -4..4_i32);
    let trade = trade.prop_map(|(price, quantity, rate)| Trade {
        time: 0,
        price,
        quantity,
        rate: f64::from(rate),
    });
    proptest::collection::vec(trade, 1..5).prop_map(Trades)
}

proptest! {
    #[test]
    fn values_are_what_they_say(trades in trades()) {
        let schema = schema();
        let find = |name| schema.find(name).expect("a field");
        let (price, quantity, rate) = (find("price"), find("quantity"), find("rate"));
        let (now, bound) = trades.0.split_last().expect("one at least");
        let total = |of: fn(&Trade) -> i128| {
            (!bound.is_empty()).then(|| bound.iter().map(of).sum::<i128>())
        };
        let (sum, count) = (total(|it| it.price.into()), bound.len() as i128);
        let last = i128::from(now.price);

        let hundredths = |by| Expr::Number(Decimal::new(by, 2));
        let plus = Expr::Sum(vec![field(price), hundredths(3)]);
        check(&of(Aggregate::Sum(price)), &plus, &trades, sum.map(|sum| sum - last - 3));
        let least = bound.iter().map(|it| i128::from(it.price)).min();
        check(&of(Aggregate::Min(price)), &field(price), &trades, least.map(|it| it - last));
        check(&of(Aggregate::Count), &Expr::Number(2.into()), &trades, Some(count - 2));
        let mean = sum.map(|sum| sum - last * count);
        check(&of(Aggregate::Avg(price)), &field(price), &trades, mean);

        let volume = total(|it| it.quantity.into()).filter(|volume| *volume != 0);
        let worth = total(|it| i128::from(it.price) * i128::from(it.quantity));
        let vwap = worth.zip(volume).map(|(worth, volume)| worth - last * volume);
        check(&of(Aggregate::Vwap { price, quantity }), &field(price), &trades, vwap);

        // price / quantity against 0.02, where there is a quantity.
        let ratio = Expr::Ratio(Box::new(field(price)), Box::new(field(quantity)));
        let share = i128::from(now.quantity);
        let above = (share != 0).then_some(last - 2 * share);
        check(&ratio, &hundredths(2), &trades, above);
        let product = Expr::Product(vec![field(price), field(quantity)]);
        check(&product, &hundredths(7), &trades, Some(last * share - 7));

        // Small whole numbers are exact in floats too.
        let most = bound.iter().map(|it| it.rate as i128).max();
        let rates = most.map(|most| most - now.rate as i128);
        check(&of(Aggregate::Max(rate)), &field(rate), &trades, rates);
        let half = Decimal::new(5, 1);
        let average = bound.iter().map(|it| it.rate).reduce(|all, it| 0.5 * it + 0.5 * all);
        let eighths = average.map(|average| (8.0 * (average - now.rate)) as i128);
        check(&of(Aggregate::Ewma(rate, half)), &field(rate), &trades, eighths);
    }
}
