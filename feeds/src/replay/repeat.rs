//! The same events several times, one pass after the other.

use crate::event::MarketEvent;

/// Nanoseconds between the last event of a pass and the first of the next.
pub(super) const PAUSE: u64 = 1_000_000_000;

/// Appends the events to themselves until they are there `times` times.
///
/// Times and sequence numbers go on from pass to pass, with a silence of one second between
/// passes. Order references are those of the first pass: a book must be emptied in between.
///
/// # Panics
/// If the events do not fit into memory.
pub fn repeat(events: &mut Vec<MarketEvent>, times: u32) {
    let pass = events.len();
    let span = |time: fn(&MarketEvent) -> u64| {
        let times = || events.iter().map(time).filter(|&time| time > 0);
        times().max().zip(times().min()).map_or(0, |(last, first)| last - first)
    };
    let shift = span(|event| event.ts_event).max(span(|event| event.ts_recv)) + PAUSE;
    let steps = span(|event| event.seq + 1) + 1;
    events.reserve_exact(pass * (times.max(1) as usize - 1));
    for number in 1..u64::from(times) {
        events.extend_from_within(..pass);
        for event in &mut events[number as usize * pass..] {
            event.ts_event += number * shift;
            // 0 = no capture clock.
            event.ts_recv += if event.ts_recv > 0 { number * shift } else { 0 };
            event.seq += number * steps;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_follow_each_other_in_time_and_number() {
        let event = |seq, ts_event| MarketEvent { seq, ts_event, ..MarketEvent::default() };
        let mut events = vec![event(5, 100), event(6, 90), event(9, 400)];
        repeat(&mut events, 1);
        assert_eq!(events.len(), 3);
        repeat(&mut events, 3);
        let seen: Vec<_> = events.iter().map(|e| (e.seq, e.ts_event, e.ts_recv)).collect();
        let shift = 310 + PAUSE;
        for pass in 0..3 {
            let (number, time) = (pass * 5, pass * shift);
            let expected = [
                (5 + number, 100 + time, 0),
                (6 + number, 90 + time, 0),
                (9 + number, 400 + time, 0),
            ];
            assert_eq!(seen[pass as usize * 3..][..3], expected);
        }
        let mut none = Vec::new();
        repeat(&mut none, 4);
        assert!(none.is_empty());
    }
}
