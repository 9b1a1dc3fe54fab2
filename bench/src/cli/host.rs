//! The machine, asked once per command: clock, doctor, environment.

use std::time::Duration;

use tourbillon_tuning::{BuildProfile, Context, CpuTimes, Report, Severity, Sysroot, doctor};

use crate::measure::clock::{Calibration, Clock};
use crate::measure::gap;
use crate::report::model::HostFinding;

/// How long each hot core is watched for gaps before a run.
const WATCH: Duration = Duration::from_millis(200);

/// What is known of the host before anything is measured.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) calibration: Calibration,
    pub(crate) report: Report,
}

impl Host {
    /// Calibrates the clock and examines the host, with `spinners` threads on `cores` in mind.
    pub(crate) fn examine(spinners: usize, cores: Option<(usize, usize)>) -> Self {
        let mut calibration = Clock::calibrate();
        let hot: Vec<usize> = cores.map_or(vec![], |(load, engine)| vec![load, engine]);
        if let Some(cores) = cores {
            calibration.measure_cross_core(cores);
        }
        let report = examine(calibration.clock, spinners, hot);
        Self { calibration, report }
    }

    pub(crate) fn grade(&self) -> String {
        format!("{:?}", self.report.grade)
    }

    /// Everything that is not a plain pass.
    pub(crate) fn findings(&self) -> Vec<HostFinding> {
        let noted = self.report.findings.iter().filter(|f| f.severity != Severity::Pass);
        let finding = |f: &tourbillon_tuning::Finding| HostFinding {
            id: f.id.to_owned(),
            severity: format!("{:?}", f.severity).to_lowercase(),
            found: f.found.clone(),
            fix: f.fix.clone(),
        };
        noted.map(finding).collect()
    }
}

/// Runs the doctor, with gaps measured on the hot cores.
pub(crate) fn examine(clock: Clock, spinning_threads: usize, hot_cores: Vec<usize>) -> Report {
    let root = Sysroot::host();
    let earlier_cpu_times = CpuTimes::read(&root);
    let watched: Vec<_> =
        hot_cores.iter().filter_map(|&core| gap::watch(clock, core, WATCH).ok()).collect();
    let context = Context {
        spinning_threads,
        max_gap_ns: watched.iter().map(|meter| meter.gaps().max()).max(),
        p999_gap_ns: watched.iter().map(|meter| meter.gaps().value_at(0.999)).max(),
        hot_cores,
        allocator: "mimalloc",
        profile: BuildProfile {
            debug_assertions: cfg!(debug_assertions),
            opt_level: Some(env!("TOURBILLON_OPT_LEVEL")),
            lto: (!cfg!(debug_assertions)).then_some("fat"),
        },
        earlier_cpu_times,
        ..Context::default()
    };
    doctor(&root, &context)
}

/// Name and value of what a reader needs to know about where a figure comes from.
pub(crate) fn environment() -> Vec<(String, String)> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let model = read("/proc/cpuinfo");
    let model = model.lines().find_map(|line| line.strip_prefix("model name"));
    let load = read("/proc/loadavg");
    let pairs = [
        ("cpu", model.unwrap_or("unknown").trim_start_matches(['\t', ' ', ':']).to_owned()),
        ("cores", crate::measure::cpu::cores().len().to_string()),
        ("kernel", read("/proc/sys/kernel/osrelease").trim().to_owned()),
        ("load average", load.split(' ').take(3).collect::<Vec<_>>().join(" ")),
        ("compiler", env!("TOURBILLON_RUSTC").to_owned()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).into()
}
