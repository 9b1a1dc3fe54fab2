//! Running a stage over events and watermarks, and what should come of it by definition.

#![allow(unreachable_pub, missing_docs)]

use tourbillon_cep::reorder::{Counts, Limits, Released, Reorder, ReorderError, Watermarks};

/// What comes in: an event or a watermark, of this time.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    Event(u64),
    Watermark(u64),
}

/// Events are their times and their places in the stream.
#[derive(Debug, Default)]
pub struct Seen {
    pub in_order: Vec<(u64, usize)>,
    /// The item that let each out; one after the last at the end.
    pub released_with: Vec<usize>,
    /// Place, and by how much it was behind.
    pub late: Vec<(usize, u64)>,
    pub late_errors: u64,
    pub full_errors: u64,
    pub most_waiting: usize,
    pub counts: Counts,
}

pub fn run(watermarks: Watermarks, limits: Limits, items: &[Item]) -> Seen {
    let time = |event: &(u64, usize)| event.0;
    let mut reorder = Reorder::new(watermarks, limits, time).expect("a capacity");
    let memory = reorder.memory();
    let mut seen = Seen::default();
    for (at, item) in items.iter().enumerate() {
        let mut sink = |out| match out {
            Released::InOrder(event) => {
                seen.in_order.push(event);
                seen.released_with.push(at);
            }
            Released::Late { event, behind } => seen.late.push((event.1, behind)),
        };
        match *item {
            Item::Event(time) => match reorder.push(&(time, at), &mut sink) {
                Ok(()) => {}
                Err(ReorderError::Late { .. }) => seen.late_errors += 1,
                Err(ReorderError::Full { .. }) => seen.full_errors += 1,
                Err(error) => panic!("{error}"),
            },
            Item::Watermark(time) => reorder.advance_to(time, &mut sink),
        }
        seen.most_waiting = seen.most_waiting.max(reorder.waiting());
    }
    reorder.finish(&mut |out| {
        let Released::InOrder(event) = out else { panic!("late at the end: {out:?}") };
        seen.in_order.push(event);
        seen.released_with.push(items.len());
    });
    assert_eq!(reorder.memory(), memory);
    seen.counts = reorder.counts();
    seen
}

/// The watermark after so many items.
fn watermark(watermarks: Watermarks, items: &[Item]) -> u64 {
    let says = |item: &Item| match (*item, watermarks) {
        (Item::Watermark(time), _) => time,
        (Item::Event(time), Watermarks::Lag(lag)) => time.saturating_sub(lag),
        (Item::Event(_), Watermarks::Explicit) => 0,
    };
    items.iter().map(says).max().unwrap_or(0)
}

/// What comes out of a stage with room for all.
pub fn definition(watermarks: Watermarks, items: &[Item]) -> Seen {
    let mut seen = Seen::default();
    for (at, item) in items.iter().enumerate() {
        let Item::Event(time) = *item else { continue };
        let before = watermark(watermarks, &items[..at]);
        if time < before {
            seen.late.push((at, before - time));
        } else {
            seen.in_order.push((time, at));
        }
    }
    seen.in_order.sort();
    let with = |(time, at): &(u64, usize)| {
        let reached = |item: &usize| watermark(watermarks, &items[..=*item]) >= *time;
        (*at..items.len()).find(reached).unwrap_or(items.len())
    };
    seen.released_with = seen.in_order.iter().map(with).collect();
    seen
}
