//! `tourbillon top`: what a pipeline does, while it does it.

use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use clap::Args;
use console::{Term, truncate_str};

use super::{Ended, Output, counter_file, print_line, units};
use crate::report::counters::{Reading, Readings, live, over};

/// Options of `top`.
#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    /// What `run --counters` (or `Graph::counters`) writes
    file: PathBuf,
    /// Time between two readings
    #[arg(long, default_value = "1s", value_parser = units::pause)]
    interval: Duration,
    /// End after so many intervals (default: when the pipeline ends)
    #[arg(long, value_name = "N", value_parser = units::count)]
    count: Option<u64>,
}

impl TopArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let (interrupt, interrupted) = mpsc::channel();
        ctrlc::set_handler(move || {
            // Nobody listens any more only if the view has ended by itself.
            let _ = interrupt.send(());
        })?;
        let mut screen = Screen::new(output);
        let (mut before, mut taken) = (counter_file::read(&self.file)?, Instant::now());
        let mut samples = Vec::new();
        screen.first(&before)?;
        for _ in 0..self.count.unwrap_or(u64::MAX) {
            if over(&before).is_some() {
                break;
            }
            if interrupted.recv_timeout(self.interval) != Err(RecvTimeoutError::Timeout) {
                screen.leave()?;
                break;
            }
            let (reading, now) = (counter_file::read(&self.file)?, Instant::now());
            screen.draw(&live(&reading, Some((&before, now - taken))))?;
            taken = now;
            samples.extend(output.json.then_some(std::mem::replace(&mut before, reading)));
        }
        match output.json {
            true => {
                samples.push(before);
                counter_file::print(self.file, Readings::Several { samples })?;
            }
            false => over(&before).map_or(Ok(()), |why| print_line(&format!("\n{why}")))?,
        }
        Ok(Ended::Done)
    }
}

/// Where the view goes.
#[derive(Debug)]
enum Screen {
    /// One view in the place of the one before, which had so many lines.
    Terminal(Term, usize),
    /// One view after the other.
    Pages(usize),
    /// Nowhere: there is to be nothing but one JSON object.
    Nowhere,
}

impl Screen {
    fn new(output: Output) -> Self {
        let terminal = Term::buffered_stdout();
        match (output.json, terminal.is_term()) {
            (true, _) => Self::Nowhere,
            (false, true) => Self::Terminal(terminal, 0),
            (false, false) => Self::Pages(0),
        }
    }

    /// The view before there are rates: on a terminal, somebody is waiting for it; elsewhere it is
    /// worth a page only if it is the last.
    fn first(&mut self, reading: &Reading) -> anyhow::Result<()> {
        match self {
            Self::Pages(_) if over(reading).is_none() => Ok(()),
            _ => self.draw(&live(reading, None)),
        }
    }

    /// Ends the line on which the terminal has shown `^C`.
    fn leave(&self) -> anyhow::Result<()> {
        match self {
            Self::Terminal(..) => print_line(""),
            _ => Ok(()),
        }
    }

    fn draw(&mut self, view: &str) -> anyhow::Result<()> {
        match self {
            Self::Terminal(terminal, lines) => {
                let (rows, columns) = terminal.size();
                terminal.move_cursor_up(*lines)?;
                terminal.clear_to_end_of_screen()?;
                // What does not fit would scroll, and the next view would not find its place.
                let fitting: Vec<&str> =
                    view.lines().take(usize::from(rows).saturating_sub(1)).collect();
                for line in &fitting {
                    terminal.write_line(&truncate_str(line, columns.into(), "…"))?;
                }
                terminal.flush()?;
                *lines = fitting.len();
                Ok(())
            }
            Self::Pages(drawn) => {
                let gap = if *drawn > 0 { "\n" } else { "" };
                *drawn += 1;
                print_line(&format!("{gap}{view}"))
            }
            Self::Nowhere => Ok(()),
        }
    }
}
