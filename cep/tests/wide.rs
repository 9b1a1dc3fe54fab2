//! Derived columns against a plain recomputation over all history, and patterns that read them.

#![allow(missing_docs)]

use bytemuck::{Pod, Zeroable};
use proptest::prelude::*;
use proptest::sample::select;
use tourbillon_cep::agg::{Limits, WideMatcher, WideStream};
use tourbillon_cep::event::Event;
use tourbillon_cep::ir::{Decay, Frame, Ir, WindowAggregate};
use tourbillon_cep::lang::compile;
use tourbillon_cep::{Overflow, Pattern, matching};

#[derive(Event, Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
#[event(name = "rows")]
struct Row {
    #[event(time)]
    time: u64,
    #[event(decimals = 2)]
    price: i64,
    size: u32,
    key: u16,
    kind: u16,
}

/// The bytes of a row, and eight columns.
type Wide = [u64; 3 + 8];

/// Two keys, many ties, some rows out of order.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0..9_u64, prop::bool::weighted(0.1), -5..6_i64, 0..4_u32, 0..2_u16, 0..2_u16);
    prop::collection::vec(row, 0..60).prop_map(|rows| {
        let mut now = 100;
        let row = |(after, late, price, size, key, kind)| {
            now += after;
            let time = if late { now - after - 3 } else { now };
            Row { time, price, size, key, kind }
        };
        rows.into_iter().map(row).collect()
    })
}

/// A column as text.
fn column() -> impl Strategy<Value = String> {
    let sliding = ["COUNT(*)", "SUM(price)", "MIN(price)", "MAX(price)", "AVG(price)"];
    let more = ["LAST(price)", "VWAP(price, size)", "FIRST(price)"];
    let frames = ["RANGE 7 NS", "ROWS 3", "", "TUMBLE 10 NS", "TUMBLE 4 EVENTS"];
    let all: Vec<_> = sliding.into_iter().chain(more).collect();
    let filter =
        select(vec!["", " FILTER (WHERE kind = 1)", " FILTER (WHERE price > 0 OR size = 2)"]);
    let over = select(vec!["", "PARTITION BY key", "PARTITION BY key, kind"]);
    let windowed = (select(all), filter.clone(), over.clone(), select(frames.to_vec()))
        .prop_filter("it slides", |(aggregate, _, _, frame)| {
            !(aggregate.starts_with("FIRST") && (frame.starts_with('R')))
        })
        .prop_map(|(aggregate, filter, over, frame)| {
            format!("{aggregate}{filter} OVER ({over} {frame})")
        });
    let decaying = (select(vec!["EWMA(price, 0.25)", "EWMA(price, 5 NS)"]), filter, over)
        .prop_map(|(aggregate, filter, over)| format!("{aggregate}{filter} OVER ({over})"));
    prop_oneof![8 => windowed, 1 => decaying]
}

fn derive(columns: &[String]) -> Ir {
    let columns: Vec<_> =
        columns.iter().enumerate().map(|(at, column)| format!("c{at} AS {column}")).collect();
    let text = format!(
        "FROM rows DERIVE {} MATCH_RECOGNIZE ( MEASURES x.c0 AS c0 PATTERN ( x -> y ) WITHIN 20 NS \
         DEFINE x AS price <= c0, y AS price > x.c0 )",
        columns.join(", ")
    );
    let compiled = compile("wide.sql", &text, &[Row::schema()]);
    compiled.unwrap_or_else(|errors| panic!("{errors}")).patterns.remove(0).ir
}

fn counts(text: &str, row: &Row) -> bool {
    match text {
        text if text.contains("kind = 1") => row.kind == 1,
        text if text.contains("FILTER") => row.price > 0 || row.size == 2,
        _ => true,
    }
}

/// What column `at` of `ir`, which is written as `text`, amounts to at the last of `rows`.
fn plain(ir: &Ir, at: usize, text: &str, rows: &[Row]) -> Option<i64> {
    let column = &ir.schema.columns()[at];
    let now = rows.last()?;
    let key = |row: &Row| match column.partition_by.len() {
        0 => (0, 0),
        1 => (row.key, 0),
        _ => (row.key, row.kind),
    };
    let own = |row: &&Row| key(row) == key(now) && counts(text, row);
    let all: Vec<&Row> = rows.iter().filter(own).collect();
    let window: Vec<&Row> = match column.frame {
        Frame::All => all,
        Frame::Range(time) => all.into_iter().filter(|row| now.time - row.time < time).collect(),
        Frame::Rows(rows) => all[all.len().saturating_sub(rows as usize)..].to_vec(),
        Frame::Tumble(time) => {
            let closed = all.iter().filter(|row| row.time / time < now.time / time);
            let last = closed.map(|row| row.time / time).max()?;
            all.into_iter().filter(|row| row.time / time == last).collect()
        }
        Frame::TumbleRows(rows) => {
            let rows = rows as usize;
            let closed = all.len() / rows * rows;
            all[closed.checked_sub(rows)?..closed].to_vec()
        }
    };
    let prices = window.iter().map(|row| row.price);
    let sum = prices.clone().sum::<i64>();
    match column.aggregate {
        WindowAggregate::Count => Some(window.len() as i64),
        _ if window.is_empty() => None,
        WindowAggregate::Sum(_) => Some(sum),
        WindowAggregate::Min(_) => prices.min(),
        WindowAggregate::Max(_) => prices.max(),
        WindowAggregate::Avg(_) => Some(sum.div_euclid(window.len() as i64)),
        WindowAggregate::First(_) => window.first().map(|row| row.price),
        WindowAggregate::Last(_) => window.last().map(|row| row.price),
        WindowAggregate::Vwap { .. } => {
            let volume: i64 = window.iter().map(|row| i64::from(row.size)).sum();
            let turnover: i64 = window.iter().map(|row| row.price * i64::from(row.size)).sum();
            (volume > 0).then(|| turnover.div_euclid(volume))
        }
        WindowAggregate::Ewma(_, Decay::Newest(_)) => {
            let blend = |before: Option<f64>, price: i64| {
                Some(before.map_or(price as f64, |it| 0.25 * price as f64 + 0.75 * it))
            };
            prices.fold(None, blend).map(|value| value.round() as i64)
        }
        // By the definition: summed in another order, so it is compared loosely.
        WindowAggregate::Ewma(_, Decay::HalfLife(half)) => {
            let weight = |row: &Row| (-((now.time - row.time) as f64) / half as f64).exp2();
            let weights: f64 = window.iter().map(|row| weight(row)).sum();
            let all: f64 = window.iter().map(|row| weight(row) * row.price as f64).sum();
            Some((all / weights).round() as i64)
        }
    }
}

fn in_order(rows: &[Row]) -> Vec<Row> {
    let mut now = 0;
    let kept = rows.iter().filter(|row| {
        let late = row.time < now;
        now = now.max(row.time);
        !late
    });
    kept.copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn columns_are_what_a_plain_recomputation_gives(
        columns in prop::collection::vec(column(), 1..9),
        rows in rows(),
    ) {
        let ir = derive(&columns);
        let limits = Limits { keys: 8, events: 64, overflow: Overflow::Stop };
        let mut stream = WideStream::<Row, Wide>::new(&ir, limits).expect("room");
        let (mut seen, mut late, mut unseen) = (Vec::<Row>::new(), 0, 0);
        for row in &rows {
            let wide = stream.widen(row).expect("room");
            if seen.last().is_some_and(|last| row.time < last.time) {
                prop_assert_eq!(wide, None);
                late += 1;
                continue;
            }
            seen.push(*row);
            let values: Option<Vec<i64>> = { columns.iter().enumerate() }
                .map(|(at, text)| plain(&ir, at, text, &seen))
                .collect();
            prop_assert_eq!(wide.is_some(), values.is_some());
            unseen += u64::from(values.is_none());
            let Some((wide, values)) = wide.zip(values) else { continue };
            prop_assert_eq!(&bytemuck::bytes_of(&wide)[..24], bytemuck::bytes_of(row));
            for (at, value) in values.into_iter().enumerate() {
                let found = wide[3 + at] as i64;
                let loose = columns[at].contains("5 NS");
                prop_assert!((found - value).abs() <= i64::from(loose), "{}", columns[at]);
            }
        }
        prop_assert_eq!((stream.late(), stream.incomplete()), (late, unseen));
    }

    /// Against the matcher of the events widened before; in batches against one by one.
    #[test]
    fn matches_depend_neither_on_batches_nor_on_rollbacks(
        column in column(),
        rows in rows(),
        cuts in prop::collection::vec((1..9_usize, any::<bool>()), 60),
    ) {
        let ir = derive(&[column]);
        let pattern = Pattern::<Wide>::from_ir(ir.clone());
        let limits = matching::Limits::default().with_batches(8);
        let columns = Limits { keys: 8, events: 64, overflow: Overflow::Stop };
        let matcher = || WideMatcher::<Row, Wide>::new(&pattern, limits, columns).expect("room");

        let mut expected = Vec::new();
        let mut stream = WideStream::<Row, Wide>::new(&ir, columns).expect("room");
        let mut plain = pattern.matcher(limits).expect("room");
        for (sequence, row) in (0..).zip(&rows) {
            if let Some(wide) = stream.widen(row).expect("room") {
                let mut sink = |it: &matching::Found<'_>| expected.push(it.sequences().collect::<Vec<_>>());
                plain.push(sequence, &wide, &mut sink).expect("room");
            }
        }
        plain.finish(&mut |it| expected.push(it.sequences().collect())).expect("room");

        let mut one = matcher();
        let mut found: Vec<Vec<u64>> = Vec::new();
        for (sequence, row) in (0..).zip(&rows) {
            one.push(sequence, row, &mut |it| found.push(it.sequences().collect())).expect("room");
        }
        one.finish(&mut |it| found.push(it.sequences().collect())).expect("room");
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(one.counts().late as usize, rows.len() - in_order(&rows).len());

        let mut batches = matcher();
        let (mut found, mut next, mut left) = (Vec::<Vec<u64>>::new(), 0, &rows[..]);
        for (length, repeated) in cuts {
            let (batch, rest) = left.split_at(length.min(left.len()));
            batches.apply(next, batch).expect("it fits");
            if repeated {
                batches.rollback();
                batches.apply(next, batch).expect("it fits");
            }
            batches.commit(&mut |it| found.push(it.sequences().collect())).expect("room");
            next += batch.len() as u64;
            left = rest;
        }
        batches.finish(&mut |it| found.push(it.sequences().collect())).expect("room");
        prop_assert_eq!(&found, &expected);
    }

    #[test]
    fn a_pattern_with_columns_is_printed_as_it_is_read(
        columns in prop::collection::vec(column(), 1..9),
    ) {
        let ir = derive(&columns);
        let text = ir.to_string();
        let again = compile("printed.sql", &text, &[Row::schema()]);
        let again = again.unwrap_or_else(|errors| panic!("{errors}\n{text}"));
        prop_assert_eq!(&again.patterns[0].ir, &ir, "{}", text);
    }
}

#[test]
fn what_has_no_room_gives_way_and_is_counted() {
    let ir = derive(&["SUM(size) OVER (PARTITION BY key RANGE 1 S)".to_owned()]);
    let row = |time, key| Row { time, price: 1, size: 1, key, kind: 0 };
    let limits = Limits { keys: 1, events: 2, overflow: Overflow::DropOldest };
    let mut stream = WideStream::<Row, Wide>::new(&ir, limits).expect("room");
    let sums: Vec<_> = [(1, 7), (2, 7), (3, 7), (4, 8), (5, 7)]
        .into_iter()
        .filter_map(|(time, key)| stream.widen(&row(time, key)).expect("room"))
        .map(|wide| wide[3])
        .collect();
    assert_eq!(sums, [1, 2, 2, 1, 1]);
    let dropped = stream.dropped();
    assert_eq!((dropped.events, dropped.keys), (1, 2));
}

#[test]
fn a_sink_that_panics_costs_the_batch_nothing() {
    let text = "FROM rows DERIVE many AS COUNT(*) OVER (RANGE 7 NS)
        MATCH_RECOGNIZE ( PATTERN ( x ) DEFINE x AS many >= 2 )";
    let ir = compile("wide.sql", text, &[Row::schema()]).expect("a pattern").patterns.remove(0).ir;
    let pattern = Pattern::<Wide>::from_ir(ir);
    let rows: Vec<Row> =
        (0..5_000).map(|time| Row { time, price: 1, size: 1, key: 0, kind: 0 }).collect();
    let limits = matching::Limits::default().with_batches(rows.len());
    let run = |panics: bool| {
        let mut matcher =
            WideMatcher::<Row, Wide>::new(&pattern, limits, Limits::default()).expect("it fits");
        matcher.apply(0, &rows).expect("a batch that fits");
        let mut seen = 0;
        let commit = std::panic::AssertUnwindSafe(|| {
            matcher.commit(&mut |_| {
                seen += 1;
                assert!(!panics, "planned");
            })
        });
        assert_eq!(std::panic::catch_unwind(commit).is_err(), panics);
        let counts = matcher.counts();
        assert_eq!(seen + counts.unseen, counts.matches);
        counts.matches
    };
    let all = run(false);
    assert!(all > 4_000, "{all}");
    assert_eq!(run(true), all);
}
