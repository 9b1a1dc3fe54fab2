//! A file of counters as `stat` and `top` read it, and whether its process is still there.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tourbillon_engine::{CounterFile, CountersError};

use super::print_json;
use crate::report::counters::{CountersReport, Reading, Readings};
use crate::report::model::SCHEMA_VERSION;

/// The counters as they are now. The file is opened anew each time: another pipeline may have
/// taken its place.
pub(super) fn read(file: &Path) -> Result<Reading, CountersError> {
    let snapshot = CounterFile::open(file)?.read();
    let taken = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Reading::new(&snapshot, taken.as_nanos() as u64, is_alive(snapshot.process)))
}

/// Prints readings as the one JSON object.
pub(super) fn print(file: PathBuf, readings: Readings) -> anyhow::Result<()> {
    let file = file.display().to_string();
    print_json(&CountersReport { schema_version: SCHEMA_VERSION, file, readings })
}

/// Whether there is a process of that number that has not ended; `None` without Linux's `/proc`.
fn is_alive(process: u32) -> Option<bool> {
    if !Path::new("/proc/self/stat").exists() {
        return None;
    }
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // proc_pid_stat(5): number, name in parentheses, state. Who has ended but is still listed, for
    // nobody has asked how, is a zombie.
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    Some(state.is_some_and(|state| !matches!(state, 'Z' | 'X')))
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_lives_until_it_ends() {
        use super::is_alive;
        assert_eq!(is_alive(std::process::id()), Some(true));
        let mut child = std::process::Command::new("true").spawn().expect("there is `true`");
        let number = child.id();
        child.wait().expect("it ends");
        assert_eq!(is_alive(number), Some(false));
        assert_eq!(is_alive(u32::MAX), Some(false));
    }
}
