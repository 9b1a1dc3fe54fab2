//! Comparisons made up for the tests of the report: a realistic one, and what could go wrong.

use tourbillon_bench::report::model::{
    BatchSummary, CompareReport, FeedSummary, HostFinding, HostSummary, Latencies, LoadSummary,
    PairedRatio, PatternSummary, Percentiles, ProducerAccount, RunReport, SCHEMA_VERSION,
    StageAccount, Status, TradeOff,
};

/// What a good run on a middling host looks like, with six batch intervals.
pub(crate) fn realistic() -> CompareReport {
    CompareReport {
        schema_version: SCHEMA_VERSION,
        status: Status::Valid,
        reasons: Vec::new(),
        same_matches: true,
        runs: vec![run("realtime", None), run("micro-batch", Some(1_000_000))],
        trade_off: [None].into_iter().chain(INTERVALS.map(Some)).map(row).collect(),
        ratios: ratios(),
        rounds: 7,
        command:
            "tourbillon compare reference --rate 200k --arrival poisson --events 1000000 --seed \
                  9e3779b97f4a7c15 --rounds 7 --html report.html"
                .to_owned(),
        findings: findings(),
        clock: [
            "time stamp counter at 2.445 GHz, constant and non-stop",
            "resolution 10 ns; one reading costs 9.8 ns",
            "drift against CLOCK_MONOTONIC_RAW 0.4 ppm over 41 s",
        ]
        .map(str::to_owned)
        .to_vec(),
        environment: [
            ("cpu", "AMD EPYC 7B13, 2 of 2 used"),
            ("kernel", "Linux 6.18.2 x86_64"),
            ("compiler", "rustc 1.95.0, release, lto fat"),
            ("version", "0.1.0 (a1b2c3d)"),
            ("taken", "2026-11-22 16:40 UTC"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
    }
}

/// Events were lost and the matches differ.
pub(crate) fn invalid() -> CompareReport {
    let mut report = realistic();
    report.status = Status::Invalid;
    report.same_matches = false;
    report.reasons = vec![
        "3 events went in and never came out (micro-batch 10ms, round 4)".to_owned(),
        "the load generator reached 181 k/s of 200 k/s".to_owned(),
    ];
    report.runs[1].status = Status::Invalid;
    report.runs[1].reasons = report.reasons.clone();
    report.runs[1].lost = 3;
    report.runs[1].patterns[0].checksum = "00000000deadbeef".to_owned();
    report.trade_off[4].same_matches = false;
    report.trade_off[4].invalid_rounds = 2;
    report
}

/// Nothing was run at all.
pub(crate) fn empty() -> CompareReport {
    CompareReport {
        runs: Vec::new(),
        trade_off: Vec::new(),
        ratios: Vec::new(),
        findings: Vec::new(),
        clock: Vec::new(),
        environment: Vec::new(),
        ..realistic()
    }
}

/// No match was ever found, so that no latency was sampled.
pub(crate) fn without_samples() -> CompareReport {
    let mut report = realistic();
    for run in &mut report.runs {
        run.latency_ns = Latencies::default();
        run.patterns[0].matches = 0;
        run.load.target_eps = None;
        run.load.arrival = "max".to_owned();
    }
    for row in &mut report.trade_off {
        row.response = Percentiles::default();
    }
    report
}

/// One sample too few to believe the p99.9 of real-time; hardly any for the longest interval.
pub(crate) fn with_few_samples() -> CompareReport {
    let mut report = realistic();
    report.trade_off[0].response.samples = 9_999;
    report.trade_off[6].response.samples = 7;
    report
}

/// The ends of every type.
pub(crate) fn extreme() -> CompareReport {
    let mut report = realistic();
    let all = u64::MAX;
    report.trade_off[0].response = Percentiles { samples: all, ..Percentiles::default() };
    report.trade_off[1].response =
        Percentiles { samples: all, p50: 0, p90: 1, p99: all, p99_9: all, p99_99: all, max: all };
    report.trade_off[1].interval_ns = Some(0);
    report.trade_off[2].interval_ns = Some(all);
    let odd = [f64::NAN, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE, -1.0, 0.0];
    for (row, odd) in report.trade_off.iter_mut().zip(odd) {
        row.cpu_ns_per_event = odd;
        row.saturated_eps = odd;
        row.saturated_cpu_ns_per_event = odd;
        row.mean_batch_events = Some(odd);
    }
    for (ratio, odd) in report.ratios.iter_mut().zip(odd) {
        ratio.low = odd;
    }
    report.runs[0].load.target_eps = Some(f64::NAN);
    report.runs[0].latency_ns.slip = report.trade_off[1].response;
    report.runs[0].host.gap_max_ns = all;
    report.runs[0].patterns[0].matches = all;
    report.rounds = u32::MAX;
    report
}

/// The same text in every place that takes text.
pub(crate) fn hostile(text: &str) -> CompareReport {
    let mut report = invalid();
    let text = || text.to_owned();
    report.reasons = vec![text()];
    report.command = text();
    report.clock = vec![text()];
    report.environment = vec![(text(), text())];
    report.findings =
        vec![HostFinding { id: text(), severity: text(), found: text(), fix: text() }];
    for row in &mut report.trade_off {
        row.label = text();
    }
    for ratio in &mut report.ratios {
        (ratio.label, ratio.metric, ratio.verdict) = (text(), text(), text());
    }
    for run in &mut report.runs {
        run.mode = text();
        run.wait = text();
        run.reasons = vec![text()];
        run.feed.name = text();
        run.feed.seed = Some(text());
        run.load.arrival = text();
        run.host.placement = text();
        run.host.grade = text();
        run.patterns[0].name = text();
        run.patterns[0].checksum = text();
    }
    report
}

/// Real-time and so many micro-batches, their intervals from 1 µs upwards.
pub(crate) fn with_intervals(batches: u32) -> CompareReport {
    let intervals = (0..batches).map(|n| Some((1_000.0 * 1.4f64.powi(n as i32)) as u64));
    let mut report = realistic();
    report.trade_off = [None].into_iter().chain(intervals).map(row).collect();
    report
}

const INTERVALS: [u64; 6] = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

fn label(interval: Option<u64>) -> String {
    match interval {
        None => "realtime".to_owned(),
        Some(ns) if ns < 1_000_000 => format!("micro-batch {}us", ns / 1_000),
        Some(ns) if ns < 1_000_000_000 => format!("micro-batch {}ms", ns / 1_000_000),
        Some(ns) => format!("micro-batch {}s", ns / 1_000_000_000),
    }
}

fn row(interval: Option<u64>) -> TradeOff {
    let events = interval.map(|ns| (1.0 + 200_000.0 * ns as f64 * 1e-9).min(4_096.0));
    let saving = 1.0 / (1.0 + events.map_or(0.0, |n| n.ln() * 0.16));
    TradeOff {
        label: label(interval),
        interval_ns: interval,
        response: response(interval),
        cpu_ns_per_event: 112.0 * saving + if interval.is_some() { 14.0 } else { 0.0 },
        mean_batch_events: events,
        saturated_eps: 13.4e6 / (0.12 + 0.88 * saving),
        saturated_cpu_ns_per_event: 74.6 * (0.12 + 0.88 * saving),
        same_matches: true,
        invalid_rounds: 0,
    }
}

/// Waiting is spread evenly over the interval, and the host's stalls lie above either.
fn response(interval: Option<u64>) -> Percentiles {
    let Some(interval) = interval else {
        return Percentiles {
            samples: 119_175,
            p50: 1_230,
            p90: 1_870,
            p99: 3_210,
            p99_9: 6_780,
            p99_99: 312_000,
            max: 1_480_000,
        };
    };
    let wait = |part: f64, own: u64| (interval as f64 * part) as u64 + own;
    Percentiles {
        samples: 119_175,
        p50: wait(0.537, 5_000),
        p90: wait(0.93, 7_000),
        p99: wait(1.02, 11_000),
        p99_9: wait(1.05, 24_000),
        p99_99: wait(1.08, 390_000),
        max: wait(1.1, 1_900_000),
    }
}

fn run(mode: &str, interval: Option<u64>) -> RunReport {
    let row = row(interval);
    let service = Percentiles { p50: row.response.p50 - 120, ..row.response };
    let slip = Percentiles {
        samples: 1_000_000,
        p50: 40,
        p90: 110,
        p99: 190,
        p99_9: 2_400,
        p99_99: 296_000,
        max: 1_310_000,
    };
    RunReport {
        schema_version: SCHEMA_VERSION,
        status: Status::Valid,
        reasons: Vec::new(),
        notes: Vec::new(),
        mode: mode.to_owned(),
        feed: FeedSummary {
            name: "reference".to_owned(),
            events: 1_000_000,
            errors: 0,
            seed: Some("9e3779b97f4a7c15".to_owned()),
        },
        patterns: vec![PatternSummary {
            timed_out: 0,
            name: "reference".to_owned(),
            matches: 17_025,
            checksum: "ff1541208416eafa".to_owned(),
            truncated: 0,
            late: 0,
            unseen: 0,
            columns_dropped: 0,
            memory_bytes: 1_048_576,
        }],
        detections: Vec::new(),
        throughput_eps: 199_998.2,
        cpu_ns_per_event: row.cpu_ns_per_event,
        process_cpu_ns_per_event: row.cpu_ns_per_event + 4_870.0,
        lost: 0,
        dropped: 0,
        dead_lettered: 0,
        dead_letters: Vec::new(),
        retried_batches: 0,
        producer: ProducerAccount { published: 1_000_000, ..ProducerAccount::default() },
        stage: StageAccount {
            offered: 1_000_000,
            taken: 1_000_000,
            balanced: true,
            ..StageAccount::default()
        },
        latency_ns: Latencies { response: row.response, service, slip },
        load: LoadSummary {
            arrival: "poisson".to_owned(),
            target_eps: Some(200_000.0),
            achieved_eps: 199_998.2,
            slip_limit_ns: Some(1_000),
            generator_limited: Some(false),
        },
        reorder: None,
        batch: interval.map(|interval_ns| BatchSummary {
            interval_ns,
            max_events: 4_096,
            batches: 4_980,
            mean_events: 200.8,
            added_delay_ns: Some(row.response),
        }),
        wait: "spin".to_owned(),
        host: HostSummary {
            floor_before_ns: Some(142),
            floor_after_ns: Some(147),
            placement: "near".to_owned(),
            gap_p99_9_ns: 3_400,
            gap_max_ns: 1_270_000,
            grade: "C".to_owned(),
        },
    }
}

fn ratios() -> Vec<PairedRatio> {
    let ratio = |label: &str, metric: &str, ratio, low, high, verdict: &str| PairedRatio {
        label: label.to_owned(),
        metric: metric.to_owned(),
        ratio,
        low,
        high,
        pairs: 14,
        verdict: verdict.to_owned(),
    };
    vec![
        ratio(
            "micro-batch 10us / realtime",
            "saturated CPU per event",
            0.993,
            0.962,
            1.04,
            "cannot tell",
        ),
        ratio(
            "micro-batch 100us / realtime",
            "saturated CPU per event",
            0.688,
            0.66,
            0.71,
            "lower",
        ),
        ratio(
            "micro-batch 1ms / realtime",
            "saturated CPU per event",
            0.583,
            0.561,
            0.612,
            "lower",
        ),
        ratio("micro-batch 1ms / realtime", "saturated throughput", 1.71, 1.64, 1.79, "higher"),
        ratio("realtime / realtime", "saturated CPU per event", 1.001, 0.994, 1.006, "same"),
    ]
}

fn findings() -> Vec<HostFinding> {
    let finding = |id: &str, severity: &str, found: &str, fix: &str| HostFinding {
        id: id.to_owned(),
        severity: severity.to_owned(),
        found: found.to_owned(),
        fix: fix.to_owned(),
    };
    vec![
        finding(
            "cpu-pressure",
            "fail",
            "tasks waited for a cpu 38 % of the last ten seconds",
            "stop what else runs here, or measure at another hour",
        ),
        finding(
            "isolated-cpus",
            "warn",
            "no cpu is isolated: the scheduler may put anything beside the engine",
            "boot with isolcpus=managed_irq,domain,1",
        ),
        finding(
            "tick-rate",
            "info",
            "the kernel ticks 250 times a second",
            "boot with nohz_full=1",
        ),
        finding("governor", "skip", "no cpufreq driver: a guest", "ask who runs the host"),
    ]
}
