use proptest::prelude::*;

use super::*;
use crate::summary::Recovery;

/// A stage whose account adds up.
fn stage() -> impl Strategy<Value = StageSummary> {
    let counts = (0_u64..1000, 0_u64..10, 0_u64..10);
    (counts, 0.0..=1.0, 0.0..=1.0).prop_map(|((events, aborted, in_flight), bad, lost)| {
        let dead_letters = (bad * (events + in_flight) as f64) as u64;
        let dead_letters_lost = (lost * dead_letters as f64) as u64;
        StageSummary {
            name: "stage".to_owned(),
            offered: events + aborted + in_flight,
            events,
            aborted,
            in_flight,
            recovery: Recovery { dead_letters, dead_letters_lost, ..Recovery::default() },
            ..StageSummary::default()
        }
    })
}

/// A group of workers that shared those events.
fn group(total: &StageSummary, cuts: Vec<u64>) -> Vec<StageSummary> {
    let mut left = total.events;
    let mut workers: Vec<StageSummary> = cuts
        .into_iter()
        .map(|cut| {
            let events = cut.min(left);
            left -= events;
            StageSummary { events, ..StageSummary::default() }
        })
        .collect();
    let first = workers.first_mut().expect("a group has workers");
    *first = StageSummary { events: first.events + left, ..total.clone() };
    for (index, worker) in workers.iter_mut().enumerate() {
        worker.name = format!("stage[{index}]");
        worker.group = Some("stage".to_owned());
    }
    workers
}

fn pipeline() -> impl Strategy<Value = Summary> {
    let cuts = prop::collection::vec(0_u64..400, 1..4);
    let stages = prop_oneof![
        stage().prop_map(|stage| vec![stage]),
        (stage(), cuts).prop_map(|(total, cuts)| group(&total, cuts)),
    ];
    // One group at most: a name is one stage's.
    (prop::collection::vec(stage(), 0..4), stages).prop_map(|(mut before, last)| {
        before.extend(last);
        Summary { stages: before, ..Summary::default() }
    })
}

proptest! {
    #[test]
    fn what_adds_up_passes_and_no_other_count_does(
        summary in pipeline(),
        at in any::<prop::sample::Index>(),
        field in 0_usize..4,
        error in 1_u64..5,
    ) {
        prop_assert_eq!(summary.balance(), Ok(()));
        let mut wrong = summary;
        let index = at.index(wrong.stages.len());
        let stage = &mut wrong.stages[index];
        let counts =
            [&mut stage.offered, &mut stage.events, &mut stage.aborted, &mut stage.in_flight];
        *counts.into_iter().nth(field).expect("one of four") += error;
        let found = matches!(wrong.balance(), Err(Imbalance::Events { .. }));
        prop_assert!(found);
    }

    #[test]
    fn dead_letters_are_among_the_events(summary in pipeline(), at in any::<prop::sample::Index>()) {
        let mut wrong = summary.clone();
        let index = at.index(wrong.stages.len());
        let events: u64 = wrong.stages.iter().map(|stage| stage.events + stage.in_flight).sum();
        wrong.stages[index].recovery.dead_letters = events + 1;
        let found = matches!(wrong.balance(), Err(Imbalance::DeadLetters { .. }));
        prop_assert!(found);
        let mut wrong = summary;
        let letters: u64 = wrong.stages.iter().map(|stage| stage.recovery.dead_letters).sum();
        wrong.stages[index].recovery.dead_letters_lost = letters + 1;
        let found = matches!(wrong.balance(), Err(Imbalance::DeadLetters { .. }));
        prop_assert!(found);
    }
}

#[test]
fn an_imbalance_names_the_stage_and_what_is_missing() {
    let stage = StageSummary {
        name: "match".to_owned(),
        offered: 10,
        events: 7,
        aborted: 1,
        in_flight: 1,
        ..StageSummary::default()
    };
    let summary = Summary { stages: vec![stage], ..Summary::default() };
    let message = summary.balance().expect_err("one is missing").to_string();
    assert!(message.starts_with("stage `match` was offered 10 events but accounts for 7 taken"));
}
