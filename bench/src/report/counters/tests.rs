//! Readings made up: what is derived from counters, and what is told of them.

use std::time::Duration;

use super::*;

fn stage(name: &str, state: State, events: u64, batches: u64) -> StageReading {
    StageReading { name: name.to_owned(), state, events, batches, ..StageReading::default() }
}

fn reading(stages: Vec<StageReading>) -> Reading {
    let ring = RingReading { name: "ring 0".to_owned(), capacity: 64, ..RingReading::default() };
    Reading {
        taken_ns: 1_000_000_000,
        process: 42,
        alive: Some(true),
        started_ns: 0,
        rings: vec![ring],
        stages,
    }
}

#[test]
fn sizes_are_classes_of_powers_of_two() {
    let class = |from, to, batches| SizeClass { from, to, batches };
    assert_eq!(
        size_classes(&[5, 0, 7, 9]),
        [class(1, Some(1), 5), class(4, Some(7), 7), class(8, None, 9)]
    );
    assert_eq!(size_classes(&[]), []);
}

#[test]
fn one_reading_is_the_object_and_several_are_a_list() {
    let one = reading(vec![stage("match", State::Running, 3, 1)]);
    let report = |readings| {
        let file = "counters".to_owned();
        let report = CountersReport { schema_version: 1, file, readings };
        serde_json::to_value(report).expect("plain data")
    };
    let flat = report(Readings::One(one.clone()));
    assert_eq!((&flat["process"], &flat["stages"][0]["state"]), (&42.into(), &"running".into()));
    let listed = report(Readings::Several { samples: vec![one.clone(), one] });
    assert_eq!(listed["samples"][1]["process"], 42);
    assert_eq!(listed.get("process"), None);
}

#[test]
fn rates_are_of_the_time_between_two_readings() {
    let before = reading(vec![stage("match", State::Running, 1_000, 500)]);
    let mut after = reading(vec![stage("match", State::Running, 7_000, 1_500)]);
    after.rings[0].published = 8_000;
    let view = live(&after, Some((&before, Duration::from_secs(2))));
    for figure in ["4.00 k/s", "3.00 k/s", "500 /s", "6.00"] {
        assert!(view.contains(figure), "no {figure} in\n{view}");
    }
    // No rate is made of two pipelines.
    after.started_ns = 7;
    let view = live(&after, Some((&before, Duration::from_secs(2))));
    assert!(!view.contains("/s"), "{view}");
    assert_eq!(view, live(&after, None));
}

#[test]
fn it_is_over_when_nothing_more_will_be_counted() {
    let (running, ended) = (State::Running, State::Ended);
    let told = |alive, states: &[State]| {
        let stages = states.iter().map(|&state| stage("match", state, 0, 0)).collect();
        over(&Reading { alive, ..reading(stages) }).unwrap_or_default()
    };
    assert_eq!(told(Some(true), &[]), "", "no stage has entered yet");
    assert_eq!(told(Some(true), &[running, ended]), "");
    assert_eq!(told(None, &[State::Unknown]), "");
    assert_eq!(told(Some(true), &[ended, State::Left]), "Every stage has come to its end.");
    assert_eq!(
        told(Some(true), &[ended, State::Failed]),
        "Every stage has come to its end. Failed or stopped: `match`."
    );
    assert_eq!(told(Some(false), &[ended]), "Process 42 is gone.");
    assert_eq!(told(Some(false), &[running]), "Process 42 is gone. It did not end `match`.");
}

#[test]
fn the_screens_fit_80_columns() {
    let many = 9_999_999_999;
    let mut stage = stage("surveillance", State::Running, many, many / 3);
    stage.depth = Some(100_000);
    stage.retried = 5;
    stage.batch_sizes = size_classes(&[1, 0, 3_000_000_000, 0]);
    stage.largest_batch = 65_536;
    stage.mean_batch = Some(3.0);
    let mut reading = reading(vec![stage]);
    reading.rings[0].published = many;
    reading.rings[0].capacity = 1 << 17;
    let mut before = reading.clone();
    (before.stages[0].events, before.stages[0].batches) = (0, 0);
    let live = live(&reading, Some((&before, Duration::from_secs(100))));
    for screen in [once(&reading), live] {
        let widest = screen.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{widest:?} columns:\n{screen}");
        assert!(screen.contains("retried 5, dead letters 0"), "{screen}");
    }
}
