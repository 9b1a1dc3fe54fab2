use super::*;

fn rounds(idle: &mut Idle, count: usize) -> Vec<Rest> {
    (0..count).map(|_| idle.pause()).collect()
}

#[test]
fn auto_gives_way_and_the_impatient_win() {
    let ms = Duration::from_millis;
    let lazy = Wait::Backoff(Backoff { max_park: ms(5), ..Backoff::default() });
    let ascending = [
        Wait::BusySpin,
        Wait::Spin,
        Wait::Monitor,
        Wait::Yield,
        Wait::Park,
        Wait::Backoff(Backoff::default()),
        Wait::Timed(ms(2)),
        lazy,
        Wait::Auto,
    ];
    for (index, &impatient) in ascending.iter().enumerate() {
        for &patient in &ascending[index..] {
            assert_eq!(impatient.most_impatient(patient), impatient);
            assert_eq!(patient.most_impatient(impatient), impatient);
        }
    }
}

#[test]
fn auto_spins_only_with_a_core_for_every_thread() {
    assert!(Wait::Auto.resolve(false).spins());
    assert!(Wait::Auto.resolve(true).parks());
}

#[test]
fn monitor_is_what_the_processor_has_and_says_so() {
    let strategy = Wait::Monitor.resolve(false);
    match Monitor::of_this_processor() {
        None => assert_eq!(strategy.to_string(), "spin"),
        Some(monitor) => assert_eq!(strategy.to_string(), format!("monitor ({monitor})")),
    }
    assert!(strategy.spins(), "it occupies its core either way");
}

#[test]
fn parking_comes_after_the_rounds_and_again_after_a_reset() {
    let mut idle = Idle::new(Strategy::Park { spins: 2, yields: 1 });
    let expected = [Rest::Done, Rest::Done, Rest::Done, Rest::Sleep, Rest::Sleep];
    assert_eq!(rounds(&mut idle, 5), expected);
    idle.reset();
    assert_eq!(rounds(&mut idle, 5), expected);
}

#[test]
fn backing_off_doubles_up_to_the_longest_sleep_and_starts_again_after_a_reset() {
    let mut idle = Idle::new(Wait::Backoff(Backoff::default()).resolve(false));
    for _ in 0..2 {
        assert_eq!(rounds(&mut idle, 15), [Rest::Done; 15]);
        let us = |us| Rest::Nap(Duration::from_micros(us));
        let expected = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000].map(us);
        assert_eq!(rounds(&mut idle, 12), expected);
        assert_eq!(rounds(&mut idle, 100), [us(1000); 100]);
        idle.reset();
    }
}

#[test]
fn extreme_sleeps_neither_overflow_nor_panic() {
    let nap = |min_park| Backoff { spins: 0, yields: 0, min_park, max_park: Duration::MAX };
    let mut idle = Idle::new(Strategy::Nap(nap(Duration::ZERO)));
    assert_eq!(rounds(&mut idle, 100), [Rest::Nap(Duration::ZERO); 100]);
    let mut idle = Idle::new(Strategy::Nap(nap(Duration::from_secs(1 << 62))));
    assert_eq!(rounds(&mut idle, 100)[50..], [Rest::Nap(Duration::MAX); 50]);
}
