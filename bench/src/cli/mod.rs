//! The `tourbillon` command: names, options and exit codes are a contract with scripts.

mod bench_cep;
mod bench_feeds;
mod bench_rings;
mod compare;
mod convert;
mod convert_dbn;
mod counter_file;
mod doctor;
mod explain;
mod feed;
mod generate;
mod host;
mod inspect;
mod list;
mod live;
mod options;
mod part;
mod plant;
mod progress;
mod run;
mod serve;
mod stat;
mod top;
mod turns;
mod units;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

/// Runs the same patterns on the same market events in real time and in micro-batches, and
/// measures what each costs. Alone it compares both on a built-in feed.
#[derive(Debug, Parser)]
#[command(name = "tourbillon", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    output: Output,
}

/// How a command prints its result.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Output {
    /// Print one JSON object on standard output; progress goes to standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One run in one mode
    Run(run::RunArgs),
    /// Both architectures on the same events, interleaved: the trade-off, and the proof
    Compare(compare::CompareArgs),
    /// Write a seeded synthetic feed
    Generate(generate::GenerateArgs),
    /// Write a feed in another format
    Convert(convert::ConvertArgs),
    /// What is in a feed: messages by type, symbols, gaps, errors with offsets
    Inspect(inspect::InspectArgs),
    /// The built-in patterns, with their text
    Patterns,
    /// What the planner made of a pattern, and why an event did or did not match
    Explain(explain::ExplainArgs),
    /// Component benchmarks beside their peers
    #[command(subcommand)]
    Bench(BenchCommand),
    /// What a running pipeline counts: once, or every so often
    Stat(stat::StatArgs),
    /// What a running pipeline does, while it does it
    Top(top::TopArgs),
    /// What stands between this host and a flat tail (read-only, no root)
    Doctor(doctor::DoctorArgs),
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    /// The matcher on events in memory, beside a loop written by hand for the one pattern
    Cep(bench_cep::CepArgs),
    /// Bytes to events to books, and the journal, beside other crates'
    Feeds(bench_feeds::FeedsArgs),
    /// Our rings between two cores, beside other crates' and the floor
    Rings(bench_rings::RingsArgs),
}

/// How a command ended, if it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Done,
    /// A check found something wrong.
    Failed,
    /// The figures must not be believed.
    Invalid,
}

impl Ended {
    pub(crate) fn valid(valid: bool) -> Self {
        if valid { Self::Done } else { Self::Invalid }
    }
}

/// Runs the command line of this process.
///
/// Exit codes: 0 done, 1 failure, 2 usage, 4 invalid run.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = cli.output;
    let ended = match cli.command.unwrap_or_else(default_command) {
        Command::Run(args) => args.run(output),
        Command::Compare(args) => args.run(output),
        Command::Generate(args) => args.run(output),
        Command::Convert(args) => args.run(output),
        Command::Inspect(args) => args.run(output),
        Command::Patterns => list::run(output),
        Command::Explain(args) => args.run(output),
        Command::Bench(BenchCommand::Cep(args)) => args.run(output),
        Command::Bench(BenchCommand::Feeds(args)) => args.run(output),
        Command::Bench(BenchCommand::Rings(args)) => args.run(output),
        Command::Stat(args) => args.run(output),
        Command::Top(args) => args.run(output),
        Command::Doctor(args) => args.run(output),
    };
    match ended {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Failed) => ExitCode::from(1),
        Ok(Ended::Invalid) => ExitCode::from(4),
        // Whoever reads the output has gone: nothing is left to say to anybody.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tourbillon: {}", sentence(&error));
            ExitCode::from(1)
        }
    }
}

/// The error and its causes. Some errors tell their cause themselves: it is not told twice.
fn sentence(error: &anyhow::Error) -> String {
    let mut told = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !told.ends_with(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

/// `tourbillon` alone: `compare` with every default.
fn default_command() -> Command {
    Cli::parse_from(["tourbillon", "compare"]).command.expect("`compare` is a command")
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |io: &std::io::Error| io.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(broken))
}

/// Prints `object` as the one JSON object on standard output.
pub(crate) fn print_json(object: &impl Serialize) -> anyhow::Result<()> {
    print_line(&serde_json::to_string_pretty(object)?)
}

/// Prints to standard output; an error, unlike `println!`, is no panic.
pub(crate) fn print_line(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
        assert!(matches!(super::default_command(), super::Command::Compare(_)));
    }
}
