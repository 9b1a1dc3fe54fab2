//! A survey beside the same figures computed from all events at once.

use proptest::prelude::*;
use tourbillon_feeds::survey::{BURST_WINDOWS, Survey};
use tourbillon_feeds::{Instruments, Kind, MarketEvent, flags};

fn event(time: u64, instrument: u32) -> MarketEvent {
    let kind = Kind::Add as u8;
    MarketEvent { ts_event: time, instrument, kind, ..MarketEvent::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn figures_are_those_of_the_whole(
        silences in prop::collection::vec((0..40_u32, 0..16_u64), 1..2_000),
        portion in 1..300_usize,
    ) {
        // Silences of all magnitudes, from nothing to hours.
        let mut now = 34_200_000_000_000;
        let times: Vec<u64> =
            silences.iter().map(|&(power, part)| { now += part << power; now }).collect();
        let events: Vec<MarketEvent> =
            (0..).zip(&times).map(|(number, &time)| event(time, number % 7)).collect();
        let mut survey = Survey::default();
        events.chunks(portion).for_each(|events| survey.observe(events));
        let mut names = Instruments::default();
        (0..7).for_each(|number| _ = names.intern(&format!("S{number}")));
        let found = survey.summary(&names, 3);

        prop_assert_eq!(found.events, events.len() as u64);
        prop_assert_eq!((found.first_ns, found.last_ns), (Some(times[0]), Some(now)));
        for burst in &found.bursts {
            let same = |a: &u64, b: &u64| a / burst.window_ns == b / burst.window_ns;
            let most = times.chunk_by(same).map(<[_]>::len).max();
            prop_assert_eq!(Some(burst.events as usize), most);
            let within = times.iter().filter(|&&time| same(&time, &burst.at_ns)).count();
            prop_assert_eq!(Some(within), most);
        }
        prop_assert_eq!(found.bursts.len(), BURST_WINDOWS.len());
        let timeline = found.timeline.expect("there are events");
        for picture in [&timeline, &timeline.in_at_most(64), &timeline.in_at_most(1)] {
            let mut expected = vec![0; picture.counts.len()];
            for time in &times {
                expected[((time - times[0]) / picture.interval_ns) as usize] += 1;
            }
            prop_assert_eq!(&picture.counts, &expected);
        }
        prop_assert!(timeline.counts.len() <= 1_024 && timeline.in_at_most(64).counts.len() <= 64);
        prop_assert!(found.top_symbols.len() <= 3);
        prop_assert!(found.top_symbols.is_sorted_by(|a, b| a.events >= b.events));

        let mut gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort_unstable();
        prop_assert_eq!(found.silences.is_none(), gaps.is_empty());
        let Some(silences) = found.silences else { return Ok(()) };
        prop_assert_eq!(silences.max_ns, gaps[gaps.len() - 1]);
        for (q, shown) in [(0.5, silences.p50_ns), (0.9, silences.p90_ns), (0.99, silences.p99_ns)] {
            let exact = gaps[(q * gaps.len() as f64).ceil() as usize - 1];
            prop_assert!(exact <= shown && shown <= exact + exact / 16, "{} {}", exact, shown);
        }
        let mean = gaps.iter().sum::<u64>() as f64 / gaps.len() as f64;
        let squares: f64 = gaps.iter().map(|&gap| (gap as f64 - mean).powi(2)).sum();
        prop_assert!((silences.mean_ns - mean).abs() <= mean * 1e-9);
        if let Some(variation) = silences.variation {
            let exact = (squares / gaps.len() as f64).sqrt() / mean;
            prop_assert!((variation - exact).abs() <= exact * 1e-6 + 1e-9);
        }
    }
}

#[test]
fn wrong_times_and_huge_indices_do_no_harm() {
    let mut survey = Survey::default();
    let wrong = MarketEvent { flags: flags::BAD_TS, ..event(u64::MAX, u32::MAX) };
    let unknown = MarketEvent { kind: 255, ..event(5, 0) };
    survey.observe(&[event(10, 0), wrong, unknown, event(u64::MAX, 1)]);
    let found = survey.summary(&Instruments::default(), 5);
    assert_eq!((found.events, found.untimed, found.active_symbols), (4, 1, 0));
    assert_eq!((found.first_ns, found.last_ns), (Some(10), Some(u64::MAX)));
    let nothing = Survey::default().summary(&Instruments::default(), 5);
    assert_eq!((nothing.events, nothing.silences, nothing.timeline), (0, None, None));
    assert!(nothing.bursts.is_empty() && nothing.rate_eps.is_none());
}
