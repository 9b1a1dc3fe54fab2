//! The original: the LMAX Disruptor in Java, in a process of its own.
//!
//! The driver, `bench/java/RingDriver.java`, is compiled when it is needed, against the packages
//! that Debian calls `libdisruptor-java` and `libhdrhistogram-java`. Its threads are not pinned and
//! have normal priority, since the compiler and the collector of its machine need the same cores.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::contender::Contender;
use super::event::Digest;
use super::peers::Line;
use super::scenario::{ping_pong, throughput};
use super::trial::{CAPACITY, Fault, Latency, Outcome, RUN, Rate, Setup};

pub(crate) const NAME: &str = "lmax-java";

const DRIVER: &str = include_str!("../../java/RingDriver.java");
const JARS: [&str; 2] = ["/usr/share/java/disruptor.jar", "/usr/share/java/hdrhistogram.jar"];
/// It takes about a second: on a machine that is too busy, its trial is given up.
const LONGEST: Duration = Duration::from_secs(8);
/// Round trips of a ping-pong are fewer than those of others by this factor: it warms up.
const SHORTER: u64 = 5;

/// The compiled driver.
#[derive(Debug)]
pub(crate) struct Java {
    classes: TempDir,
}

impl Java {
    /// Compiles the driver; why not, if it cannot be.
    pub(crate) fn prepare() -> Result<Rc<Self>, String> {
        if let Some(missing) = JARS.iter().find(|jar| !Path::new(jar).exists()) {
            return Err(format!("{NAME}: {missing} is not there"));
        }
        let failed = |error: std::io::Error| format!("{NAME}: {error}");
        let classes = tempfile::tempdir().map_err(failed)?;
        let source: PathBuf = classes.path().join("RingDriver.java");
        fs::write(&source, DRIVER).map_err(failed)?;
        let compiled = Command::new("javac")
            .args(["-cp", &JARS.join(":"), "-d"])
            .args([classes.path(), &source])
            .output()
            .map_err(|error| format!("{NAME}: javac cannot be run: {error}"))?;
        if !compiled.status.success() {
            return Err(format!("{NAME}: {}", String::from_utf8_lossy(&compiled.stderr).trim()));
        }
        Ok(Rc::new(Self { classes }))
    }

    /// What it takes part in, if it takes part in the scenario.
    pub(crate) fn contender(self: &Rc<Self>, scenario: &str) -> Option<Contender> {
        let java = Rc::clone(self);
        let bytes = size_of::<Line>();
        match scenario {
            ping_pong::NAME => Some(Contender {
                peer: NAME,
                bytes,
                variant: ping_pong::PAUSE,
                trial: Box::new(move |setup| java.ping_pong(setup)),
            }),
            throughput::SINGLES => Some(Contender {
                peer: NAME,
                bytes,
                variant: "",
                trial: Box::new(move |setup| java.throughput(setup)),
            }),
            _ => None,
        }
    }

    fn ping_pong(&self, setup: &Setup) -> Result<Outcome, Fault> {
        let round_trips = setup.size.round_trips / SHORTER;
        let said = self.run("ping-pong", [CAPACITY as u64, round_trips, 0])?;
        let [samples, p50, p90, p99, p99_9, out, home] = words(&said)?;
        let expected = Digest::of::<Line>(0..round_trips);
        for checksum in [out, home] {
            Fault::unless_equal(expected, digest(checksum, &said)?)?;
        }
        let [samples, p50, p90, p99, p99_9]: [u64; 5] =
            numbers([samples, p50, p90, p99, p99_9], &said)?;
        Ok(Outcome::Latency(Latency {
            samples,
            p50,
            p90,
            p99: (samples >= 1_000).then_some(p99),
            p99_9: (samples >= 10_000).then_some(p99_9),
            paced: None,
        }))
    }

    fn throughput(&self, setup: &Setup) -> Result<Outcome, Fault> {
        let events = setup.size.events;
        let said = self.run("throughput", [CAPACITY as u64, events, RUN])?;
        let [median, overall, batch, checksum] = words(&said)?;
        Fault::unless_equal(Digest::of::<Line>(0..events), digest(checksum, &said)?)?;
        let [per_second, overall, batch]: [f64; 3] = numbers([median, overall, batch], &said)?;
        Ok(Outcome::Rate(Rate {
            per_second,
            overall_per_second: Some(overall),
            mean_batch: Some(batch),
        }))
    }

    fn run(&self, mode: &str, numbers: [u64; 3]) -> Result<String, Fault> {
        let class_path = format!("{}:{}", JARS.join(":"), self.classes.path().display());
        let mut child = Command::new("java")
            .args(["-XX:+UseSerialGC", "-cp", &class_path, "RingDriver", mode])
            .args(numbers.map(|number| number.to_string()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Fault::Java(error.to_string()))?;
        let started = Instant::now();
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if started.elapsed() < LONGEST => sleep(Duration::from_millis(10)),
                Ok(None) => {
                    // It may just have ended; either way it is not running any more.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(Fault::Java(format!("given up after {} s", LONGEST.as_secs())));
                }
                Err(error) => return Err(Fault::Java(error.to_string())),
            }
        };
        let mut said = String::new();
        if let Some(mut stdout) = child.stdout.take() {
            // What cannot be read is missing in the answer, which is then refused.
            let _ = stdout.read_to_string(&mut said);
        }
        if status.success() {
            Ok(said)
        } else {
            Err(Fault::Java(format!("it ended with {status}")))
        }
    }
}

fn words<const N: usize>(said: &str) -> Result<[&str; N], Fault> {
    let words: Vec<&str> = said.split_whitespace().collect();
    words.try_into().map_err(|_| unexpected(said))
}

fn numbers<T: std::str::FromStr, const N: usize>(
    words: [&str; N],
    said: &str,
) -> Result<[T; N], Fault> {
    let parsed: Option<Vec<T>> = words.iter().map(|word| word.parse().ok()).collect();
    parsed.and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| unexpected(said))
}

fn digest(word: &str, said: &str) -> Result<Digest, Fault> {
    u64::from_str_radix(word, 16).map(Digest).map_err(|_| unexpected(said))
}

fn unexpected(said: &str) -> Fault {
    Fault::Java(format!("its answer makes no sense: '{}'", said.trim()))
}
