//! What pipelines ask of the system: cores, priority, memory. Wherever the system refuses, as it
//! does for an ordinary user, the report must say so.

mod common;

use std::collections::BTreeSet;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Output};
use std::time::Duration;

use common::{must_end, nothing};
use tourbillon_engine::{
    Batch, BuildError, Capacity, Graph, HostReport, Memory, Policy, Priority, PriorityError,
    Running, Wait,
};

const MINUTE: Duration = Duration::from_secs(60);
/// The user without any rights.
const NOBODY: u32 = 65534;
/// Tells a test that it runs in a process of its own, prepared by `in_child`.
const CHILD: &str = "TOURBILLON_TEST_CHILD";

fn fifo(limit: Duration) -> Priority {
    Priority::Fifo { level: 10, limit }
}

/// Runs this one test once more in a process of its own; `None` in that process.
fn in_child(test: &str, prepare: impl FnOnce(&mut Command)) -> Option<Output> {
    if std::env::var_os(CHILD).is_some() {
        return None;
    }
    let mut command = Command::new(std::env::current_exe().expect("known"));
    command.args(["--exact", test, "--nocapture"]).env(CHILD, "1");
    prepare(&mut command);
    Some(command.output().expect("the test's own binary runs"))
}

fn assert_success(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{complained}");
}

/// Runs a test of priority in a process of its own, for its limits stay with the process.
fn alone(test: &str, body: impl FnOnce() + Send + 'static) {
    match in_child(test, |_| {}) {
        Some(output) => assert_success(&output),
        None => must_end(body),
    }
}

fn first_core() -> core_affinity::CoreId {
    core_affinity::get_core_ids().expect("cores")[0]
}

/// One stage that waits like this, under real-time priority for as long as `limit`.
fn raised(wait: Wait, limit: Duration) -> (tourbillon_engine::Producer<u64>, Running) {
    let (producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
    graph.priority(fifo(limit)).producer_wait(Wait::Park);
    graph.stage("raised").wait(wait).handle(nothing);
    (producer, graph.start().expect("starts"))
}

/// Whether the priority was granted. If not, checks that the report says why.
fn is_granted(report: &HostReport) -> bool {
    let [thread] = &report.threads[..] else { panic!("one thread: {report:?}") };
    match thread.policy {
        Some(Policy::Fifo { level: 10 }) => {
            assert_eq!(report.refusals().count(), 0, "{report:?}");
            true
        }
        Some(Policy::Normal) => {
            let [refusal] = &thread.refusals[..] else { panic!("a reason: {report:?}") };
            assert!(refusal.what.contains("SCHED_FIFO") && !report.demoted, "{report:?}");
            assert!(refusal.why.contains("not permitted"), "{report:?}");
            false
        }
        _ => panic!("neither granted nor refused: {report:?}"),
    }
}

fn assert_delivers(mut producer: tourbillon_engine::Producer<u64>, running: Running) {
    for event in 0..1000 {
        producer.publish(event).expect("open");
    }
    producer.close();
    assert_eq!(running.join().expect("ends well").stages[0].events, 1000);
}

#[test]
fn nothing_is_asked_for_by_default() {
    let (producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
    graph.stage("plain").wait(Wait::Park).handle(nothing);
    let running = graph.start().expect("starts");
    let report = running.host();
    assert_eq!(report.threads[0].policy, Some(Policy::Normal));
    assert_eq!(
        (report.threads[0].name.as_str(), report.threads[0].wait.as_str()),
        ("plain", "park")
    );
    assert!(report.memory.is_empty() && !report.demoted);
    assert_eq!(report.refusals().count(), 0);
    assert_delivers(producer, running);
}

#[test]
fn priority_is_granted_or_the_refusal_reported() {
    alone("priority_is_granted_or_the_refusal_reported", || {
        for wait in [Wait::Park, Wait::Timed(Duration::from_micros(50))] {
            let (producer, running) = raised(wait, 60 * MINUTE);
            is_granted(&running.host());
            assert_delivers(producer, running);
            // The supervisor has an hour left and goes all the same.
            while supervisors() > 0 {
                std::thread::yield_now();
            }
        }
    });
}

fn supervisors() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").expect("Linux");
    let name = |thread: std::fs::DirEntry| std::fs::read_to_string(thread.path().join("comm"));
    threads
        .flatten()
        .filter_map(|thread| name(thread).ok())
        .filter(|name| name == "supervisor\n")
        .count()
}

#[test]
fn an_ordinary_user_is_refused_and_the_pipeline_runs_all_the_same() {
    let prepare = |command: &mut Command| {
        command.uid(NOBODY);
    };
    let may_change_user = std::fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt;
        own.uid() == 0
    });
    if !may_change_user && std::env::var_os(CHILD).is_none() {
        eprintln!("SKIPPED: only root can become another user");
        return;
    }
    let test = "an_ordinary_user_is_refused_and_the_pipeline_runs_all_the_same";
    if let Some(output) = in_child(test, prepare) {
        return assert_success(&output);
    }
    must_end(|| {
        let (producer, running) = raised(Wait::Park, MINUTE);
        assert!(!is_granted(&running.host()));
        assert_delivers(producer, running);
    });
}

#[test]
fn the_supervisor_takes_the_priority_away_at_the_limit() {
    alone("the_supervisor_takes_the_priority_away_at_the_limit", || {
        let (producer, running) = raised(Wait::Park, Duration::from_millis(100));
        let report = running.host();
        if report.demoted || is_granted(&report) {
            while !running.host().demoted {
                std::thread::yield_now();
            }
            assert_eq!(running.host().threads[0].policy, Some(Policy::Normal));
        }
        assert_delivers(producer, running);
    });
}

#[test]
fn a_stage_that_spins_under_priority_leaves_a_core_and_stops_in_time() {
    if core_affinity::get_core_ids().expect("cores").len() < 2 {
        eprintln!("SKIPPED: there is one core");
        return;
    }
    alone("a_stage_that_spins_under_priority_leaves_a_core_and_stops_in_time", || {
        let (producer, running) = raised(Wait::Spin, MINUTE);
        is_granted(&running.host());
        assert_delivers(producer, running);

        // Nobody ends this one but the supervisor's deadline and the halt.
        let (_producer, running) = raised(Wait::Spin, Duration::from_millis(100));
        let refused = running.host().refusals().count() > 0;
        while !refused && !running.host().demoted {
            std::thread::yield_now();
        }
        running.halt();
        running.join().expect("ends well");
    });
}

#[test]
fn the_signal_of_the_system_demotes_and_later_ones_go_where_they_went_before() {
    let test = "the_signal_of_the_system_demotes_and_later_ones_go_where_they_went_before";
    const NO_ANSWER: i32 = 77;
    if let Some(output) = in_child(test, |_| {}) {
        if output.status.code() == Some(NO_ANSWER) {
            eprintln!("SKIPPED: SCHED_FIFO is refused here");
            return;
        }
        let cpu_time_exceeded = 24;
        return assert_eq!(output.status.signal(), Some(cpu_time_exceeded), "{output:?}");
    }
    let signal = || {
        let process = std::process::id().to_string();
        let sent = Command::new("kill").args(["-XCPU", &process]).status();
        assert!(sent.expect("there is a kill command").success());
    };
    let (_producer, running) = raised(Wait::Park, MINUTE);
    if !is_granted(&running.host()) {
        std::process::exit(NO_ANSWER);
    }
    signal();
    while !running.host().demoted {
        std::thread::yield_now();
    }
    assert_eq!(running.host().threads[0].policy, Some(Policy::Normal));
    // Now there is nobody left to demote: this one ends the process, as it always did.
    signal();
    loop {
        std::thread::yield_now();
    }
}

#[test]
fn priority_that_leaves_no_core_is_refused_unless_forced_and_so_is_a_level_that_is_none() {
    let test =
        "priority_that_leaves_no_core_is_refused_unless_forced_and_so_is_a_level_that_is_none";
    alone(test, || {
        let cores = core_affinity::get_core_ids().expect("cores").len();
        let spinning = move |priority| {
            let (_producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
            graph.threads(cores).producer_wait(Wait::Park).priority(priority);
            for stage in 0..cores {
                graph.stage(&format!("{stage}")).thread(stage).wait(Wait::Spin).handle(nothing);
            }
            graph
        };
        let error = spinning(fifo(MINUTE)).start().expect_err("no core is left");
        let BuildError::Priority(PriorityError::EveryCpu { threads, cpus }) = error else {
            panic!("{error}");
        };
        assert_eq!((threads, cpus), (cores, cores));

        let no_level = Priority::Fifo { level: 99, limit: MINUTE };
        let error = spinning(no_level).start().expect_err("no such level");
        assert!(
            matches!(error, BuildError::Priority(PriorityError::Level { level: 99 })),
            "{error}"
        );

        let mut graph = spinning(fifo(Duration::from_millis(20)));
        graph.let_fifo_starve_every_cpu(true);
        let running = graph.start().expect("forced");
        running.halt();
        running.join().expect("ends well");
    });
}

#[test]
fn memory_is_locked_and_on_huge_pages_or_the_refusal_reported() {
    let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(1 << 19));
    producer.publish_batch(&[3; 1000]).expect("there is room before the start");
    graph.memory(Memory { lock: true, huge_pages: true });
    graph.stage("sum").wait(Wait::Park).handle(|batch: &Batch<'_, u64>| {
        assert!(batch.iter().all(|(_, &event)| event == 3), "moving the ring keeps its events");
        Ok(())
    });
    let running = graph.start().expect("starts");
    let report = running.host();
    let [memory] = &report.memory[..] else { panic!("one ring: {report:?}") };
    assert_eq!(memory.bytes, 4 << 20);
    let asked = [memory.locked, memory.huge];
    assert!(asked.iter().all(|granted| [0, memory.bytes].contains(granted)));
    let denied = asked.iter().filter(|&&granted| granted == 0).count();
    assert_eq!(memory.refusals.len(), denied, "{memory:?}");
    if memory.huge > 0 {
        assert!(kilobytes("/proc/self/smaps_rollup", "AnonHugePages:") >= 4 << 10);
    }
    if memory.locked > 0 {
        assert!(kilobytes("/proc/self/status", "VmLck:") >= 4 << 10);
    }
    producer.close();
    assert_eq!(running.join().expect("ends well").stages[0].events, 1000);
}

fn kilobytes(file: &str, field: &str) -> usize {
    let text = std::fs::read_to_string(file).expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix(field)).expect("the field");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn a_pinned_caller_can_place_a_stage_on_another_core() {
    let cores = core_affinity::get_core_ids().expect("cores");
    let [first, .., last] = cores[..] else {
        eprintln!("SKIPPED: there is one core");
        return;
    };
    must_end(move || {
        assert!(core_affinity::set_for_current(first));
        let (producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
        graph.stage("elsewhere").core(last.id).wait(Wait::Park).handle(nothing);
        let running = graph.start().expect("starts");
        let report = running.host();
        assert_eq!(report.threads[0].core_wanted, Some(last.id));
        assert_eq!(report.threads[0].cores, [last.id]);
        assert_delivers(producer, running);
    });
}

#[test]
fn in_a_cpuset_of_one_core_stages_share_a_thread_that_sleeps() {
    let test = "in_a_cpuset_of_one_core_stages_share_a_thread_that_sleeps";
    // A child starts out where its parent's thread may run, as it would in a cpuset.
    assert!(core_affinity::set_for_current(first_core()));
    if let Some(output) = in_child(test, |_| {}) {
        return assert_success(&output);
    }
    must_end(|| {
        let (producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
        let stage = graph.stage("a").handle(nothing);
        let stage = graph.stage("b").after(&[stage]).handle(nothing);
        graph.stage("c").after(&[stage]).handle(nothing);
        let running = graph.start().expect("starts");
        let report = running.host();
        let [thread] = &report.threads[..] else { panic!("one thread: {report:?}") };
        assert_eq!((thread.wait.as_str(), &thread.cores[..]), ("park", &[first_core().id][..]));
        assert_delivers(producer, running);

        let (_producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
        graph.stage("spins").wait(Wait::Spin).handle(nothing);
        graph.producer_wait(Wait::Spin);
        let error = graph.start().expect_err("two spin on one core");
        assert!(matches!(error, BuildError::TooManySpinners { spinning: 2, cores: 1 }), "{error}");

        let (_producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
        graph.stage("spins").wait(Wait::Spin).handle(nothing);
        graph.producer_wait(Wait::Park).priority(fifo(MINUTE));
        let error = graph.start().expect_err("nothing else could run");
        assert!(matches!(error, BuildError::Priority(_)), "{error}");
    });
}

#[test]
fn a_thread_that_came_late_is_reported_while_it_lasts() {
    alone("a_thread_that_came_late_is_reported_while_it_lasts", || {
        let core = first_core().id;
        for priority in [Priority::Normal, fifo(MINUTE)] {
            let (producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
            graph.priority(priority).producer_wait(Wait::Park);
            graph.stage("first").wait(Wait::Park).handle(nothing);
            let hub = graph.hub();
            let running = graph.start().expect("starts");
            let late = hub.stage("late").core(core).wait(Wait::Yield).handle(nothing);
            let late = late.expect("attached");
            let report = running.host();
            let [_, thread] = &report.threads[..] else { panic!("two threads: {report:?}") };
            assert_eq!((thread.name.as_str(), thread.wait.as_str()), ("late", "yield"));
            assert_eq!((thread.core_wanted, &thread.cores[..]), (Some(core), &[core][..]));
            assert_eq!(thread.policy, Some(Policy::Normal), "nobody raises it");
            let refused: Vec<String> = thread.refusals.iter().map(ToString::to_string).collect();
            if priority == Priority::Normal {
                assert!(refused.is_empty(), "{refused:?}");
            } else {
                let why = "the stage was attached after the start";
                assert_eq!(refused, [format!("run under SCHED_FIFO at level 10: {why}")]);
            }
            late.detach().expect("nobody follows it");
            assert_eq!(running.host().threads.len(), 1, "it is gone");
            assert_delivers(producer, running);
        }
    });
}

#[test]
fn threads_report_what_monitor_came_to() {
    let (producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
    graph.force_spin(true).stage("watches").wait(Wait::Monitor).handle(nothing);
    let running = graph.start().expect("starts");
    let known: BTreeSet<_> = ["spin", "monitor (UMWAIT)", "monitor (MWAITX)"].into();
    let report = running.host();
    assert!(known.contains(report.threads[0].wait.as_str()), "{report:?}");
    assert_delivers(producer, running);
}
