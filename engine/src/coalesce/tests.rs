use proptest::prelude::*;

use super::*;

const CAPACITY: usize = 64;

fn coalescer(max_events: usize, interval: Duration) -> Coalescer {
    Coalescer::new(Coalesce { max_events, interval }, CAPACITY)
}

/// Decides with a lag that equals the pending events, as in a first stage.
fn decide(coalescer: &mut Coalescer, pending: usize, closed: bool, now: Instant) -> Decision {
    coalescer.decide(pending, closed, |lag| pending >= lag, || now)
}

#[test]
fn without_an_interval_it_takes_what_there_is_and_reads_no_clock() {
    let mut natural = coalescer(8, Duration::ZERO);
    let mut take = |pending| {
        natural.decide(
            pending,
            false,
            |_| unreachable!("no look at the ring"),
            || unreachable!("no look at the clock"),
        )
    };
    assert_eq!(take(0), Decision::Nothing);
    assert_eq!(take(7), Decision::Deliver(7, BatchCause::Available));
    assert_eq!(take(8), Decision::Deliver(8, BatchCause::Count));
    assert_eq!(take(20), Decision::Deliver(8, BatchCause::Count));
    assert_eq!(natural.into_added_delay(), None);
}

#[test]
fn the_interval_runs_from_the_first_event() {
    let (start, ms) = (Instant::now(), Duration::from_millis(1));
    let mut timed = coalescer(8, 10 * ms);
    assert_eq!(decide(&mut timed, 0, false, start), Decision::Nothing);
    let opened = start + 5 * ms;
    assert_eq!(decide(&mut timed, 1, false, opened), Decision::Hold(opened + 10 * ms));
    assert_eq!(decide(&mut timed, 2, false, opened + 9 * ms), Decision::Hold(opened + 10 * ms));
    let expired = decide(&mut timed, 3, false, opened + 10 * ms);
    assert_eq!(expired, Decision::Deliver(3, BatchCause::Interval));
    let later = opened + 50 * ms;
    assert_eq!(decide(&mut timed, 1, false, later), Decision::Hold(later + 10 * ms));
}

#[test]
fn what_a_full_batch_leaves_waits_from_then_on() {
    let (start, ms) = (Instant::now(), Duration::from_millis(1));
    let mut timed = coalescer(8, 10 * ms);
    assert_eq!(decide(&mut timed, 9, false, start), Decision::Deliver(8, BatchCause::Count));
    let rest = decide(&mut timed, 1, false, start + 3 * ms);
    assert_eq!(rest, Decision::Hold(start + 10 * ms));
}

#[test]
fn a_ring_that_fills_up_closes_the_batch_even_if_the_events_are_still_upstream() {
    let now = Instant::now();
    let mut timed = coalescer(1000, Duration::MAX);
    let full = CAPACITY * 3 / 4;
    assert!(matches!(decide(&mut timed, full - 1, false, now), Decision::Hold(_)));
    let pressed = timed.decide(1, false, |lag| full >= lag, || now);
    assert_eq!(pressed, Decision::Deliver(1, BatchCause::Capacity));
}

#[test]
fn nothing_is_held_back_once_the_producer_is_gone() {
    let mut timed = coalescer(8, Duration::MAX);
    let last = decide(&mut timed, 3, true, Instant::now());
    assert_eq!(last, Decision::Deliver(3, BatchCause::Drain));
}

#[test]
fn what_gathering_adds_is_measured_from_the_look_before() {
    let (start, us) = (Instant::now(), Duration::from_micros(1));
    let mut timed = coalescer(8, 100 * us);
    for (pending, at) in [(1, 0), (1, 10), (3, 20), (3, 60)] {
        let held = decide(&mut timed, pending, false, start + at * us);
        assert!(matches!(held, Decision::Hold(_)));
    }
    let expired = decide(&mut timed, 4, false, start + 100 * us);
    assert_eq!(expired, Decision::Deliver(4, BatchCause::Interval));
    let added = timed.into_added_delay().expect("it gathers");
    assert_eq!(added.count(), 4);
    // One was there at 0, two came after 10 and one after 60.
    let about = |part, delay: Duration| {
        let found = added.quantile(part);
        assert!(delay <= found && found <= delay + delay / 500, "{part}: {found:?}");
    };
    about(0.25, 40 * us);
    about(0.5, 90 * us);
    about(0.75, 90 * us);
    about(1.0, 100 * us);
    assert_eq!(added.max(), added.quantile(1.0));
}

#[test]
fn what_comes_while_the_handler_is_busy_has_not_waited_for_a_batch() {
    let (start, ms) = (Instant::now(), Duration::from_millis(1));
    let mut timed = coalescer(8, ms);
    assert!(matches!(decide(&mut timed, 9, false, start), Decision::Deliver(8, _)));
    // The one left over has; the seven new ones are seen and handed over at once.
    let full = decide(&mut timed, 8, false, start + 50 * ms);
    assert_eq!(full, Decision::Deliver(8, BatchCause::Count));
    let added = timed.into_added_delay().expect("it gathers");
    assert_eq!((added.count(), added.quantile(0.9)), (16, Duration::ZERO));
    assert!(added.max() >= 50 * ms);
}

#[test]
fn delays_beyond_all_measure_are_counted_as_the_longest() {
    let start = Instant::now();
    let mut timed = coalescer(8, Duration::MAX);
    assert!(matches!(decide(&mut timed, 1, false, start), Decision::Hold(_)));
    let late = start + Duration::from_secs(3600);
    assert!(matches!(decide(&mut timed, 1, true, late), Decision::Deliver(1, _)));
    let added = timed.into_added_delay().expect("it gathers");
    assert!(added.max() >= Duration::from_secs(100) && added.count() == 1);
}

proptest! {
    /// Whatever arrives whenever: batches keep to their size, every event is delivered, and none
    /// is held longer than the interval after it was first seen, save by the batches before it.
    #[test]
    fn nothing_is_lost_or_held_too_long(
        max_events in 1_usize..80,
        interval_us in 0_u64..100,
        arrivals in prop::collection::vec((0_usize..30, 0_u64..40), 1..200),
    ) {
        let interval = Duration::from_micros(interval_us);
        let mut coalescer = coalescer(max_events, interval);
        let mut now = Instant::now();
        let (mut published, mut delivered) = (0, 0);
        let mut oldest_seen: Option<Instant> = None;
        let last = arrivals.len();
        let total_us = arrivals.iter().map(|(_, pause)| pause).sum::<u64>();
        for (round, (arriving, pause)) in arrivals.into_iter().chain([(0, 0)]).enumerate() {
            let closed = round == last;
            published += arriving.min(CAPACITY - (published - delivered));
            now += Duration::from_micros(pause);
            loop {
                let pending = published - delivered;
                if pending > 0 {
                    oldest_seen.get_or_insert(now);
                }
                match decide(&mut coalescer, pending, closed, now) {
                    Decision::Deliver(count, _) => {
                        prop_assert!(0 < count && count <= pending.min(max_events));
                        delivered += count;
                        oldest_seen = None;
                    }
                    Decision::Hold(until) => {
                        prop_assert!(!closed && pending < coalescer.target());
                        let seen = oldest_seen.expect("something is pending");
                        prop_assert_eq!(until, seen + interval);
                        prop_assert!(now < until);
                        break;
                    }
                    Decision::Nothing => {
                        prop_assert_eq!(pending, 0);
                        break;
                    }
                }
            }
        }
        prop_assert_eq!(delivered, published);
        let added = coalescer.into_added_delay();
        prop_assert_eq!(added.is_some(), interval_us > 0);
        if let Some(added) = added {
            prop_assert_eq!(added.count(), delivered as u64);
            // Events left over from full batches wait for as many intervals, all at the same look.
            prop_assert!(added.max() <= Duration::from_micros(total_us) * 501 / 500);
        }
    }
}
