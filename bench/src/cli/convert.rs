//! `tourbillon convert`: a feed in another format.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
use tourbillon_feeds::itch::{self, Unencodable};
use tourbillon_feeds::journal::{JournalWriter, Session, WriterOptions};
use tourbillon_feeds::replay::Selected;
use tourbillon_feeds::{EventSource, Instruments, MarketEvent, open};

use super::convert_dbn::into_dbn;
use super::feed::{FileArgs, not_a_feed};
use super::live::LiveArgs;
use super::part::PartArgs;
use super::{Ended, Output, print_json, print_line, progress};
use crate::feed::check_symbols;
use crate::live;
use crate::report::human::count;
use crate::report::inspection;

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// The event journal: mapped and read without decoding
    Journal,
    /// Nasdaq TotalView-ITCH 5.0, BinaryFILE framing
    Itch50,
    /// Databento Binary Encoding 3, market by order
    Dbn,
}

impl Target {
    /// By the file's extension: `.evj`, `.itch` and `.dbn`.
    fn of(path: &Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("evj") => Ok(Self::Journal),
            Some("itch" | "itch50") => Ok(Self::Itch50),
            Some("dbn") => Ok(Self::Dbn),
            _ => bail!(
                "{}: .evj is a journal, .itch is ITCH 5.0, .dbn is DBN; --to names another",
                path.display()
            ),
        }
    }
}

/// Options of `convert`.
#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// The file to read; its format is found by its content. `live`: the network
    input: PathBuf,
    /// The file to write
    out: PathBuf,
    /// What to write: journal, itch50 or dbn (default: by extension, .evj, .itch or .dbn)
    #[arg(long, value_enum, hide_possible_values = true)]
    to: Option<Target>,
    /// Take only these symbols, such as AAPL,MSFT
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    symbols: Vec<String>,
    #[command(flatten)]
    part: PartArgs,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    live: LiveArgs,
}

/// What became of the events.
#[derive(Debug, Default, Serialize)]
pub(super) struct Converted {
    /// Events read.
    events: u64,
    /// Events that the other format cannot say.
    pub(super) left_out: u64,
    /// Why the first of them could not be said.
    pub(super) first_left_out: Option<String>,
    /// Bytes written.
    pub(super) bytes: u64,
    /// Faults in the input.
    errors: u64,
}

impl ConvertArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let to = self.to.map_or_else(|| Target::of(&self.out), Ok)?;
        let (name, options) = (self.input.display().to_string(), self.file.options());
        if name == live::NAME && to == Target::Dbn {
            bail!("DBN is written in two readings: record `live` as .evj first, and convert that");
        }
        let selected = || -> anyhow::Result<_> {
            let source: Box<dyn EventSource> = if name == live::NAME {
                Box::new(self.live.request().open(&options).context("cannot listen")?)
            } else {
                open(&self.input, &options).with_context(|| not_a_feed(&name))?
            };
            Ok(Selected::new(source, self.part.selection(self.symbols.clone())))
        };
        let mut source = selected()?;
        if same_file(&self.input, &self.out) {
            bail!("{name} would be read and overwritten at once; write to another file");
        }
        let cannot = || format!("cannot write {}", self.out.display());
        let converted = match to {
            Target::Journal => into_journal(&mut source, &self.out).with_context(cannot)?,
            Target::Itch50 => into_itch(&mut source, &self.out).with_context(cannot)?,
            Target::Dbn => {
                into_dbn(&mut source, &mut selected()?, &self.out).with_context(cannot)?
            }
        };
        check_symbols(&source)?;
        if output.json {
            print_json(&converted)?;
        } else {
            print_line(&told(&self.out, &converted))?;
            if converted.errors > 0 {
                print_line(&inspection::text(&name, source.report(), source.instruments(), None))?;
            }
        }
        let sound = converted.errors == 0 && converted.left_out == 0;
        Ok(if sound { Ended::Done } else { Ended::Failed })
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

fn told(out: &Path, converted: &Converted) -> String {
    let events = count(converted.events - converted.left_out);
    let mut text =
        format!("wrote {}: {events} events in {} bytes", out.display(), count(converted.bytes));
    if let Some(why) = &converted.first_left_out {
        let left_out = count(converted.left_out);
        text += &format!("\n{left_out} events are left out; the first one because {why}");
    }
    text
}

/// Hands every event to `take`, in portions with the symbols known by then.
pub(super) fn each(
    source: &mut dyn EventSource,
    mut take: impl FnMut(&[MarketEvent], &Instruments) -> anyhow::Result<()>,
) -> anyhow::Result<Converted> {
    let bar = progress::steps(source.report().bytes);
    bar.set_message("bytes read");
    let mut events = vec![MarketEvent::default(); 4_096];
    let mut converted = Converted::default();
    while let filled @ 1.. = source.fill(&mut events) {
        take(&events[..filled], source.instruments())?;
        converted.events += filled as u64;
        bar.set_position(source.report().consumed);
    }
    bar.finish_and_clear();
    converted.errors = source.report().total_errors();
    Ok(converted)
}

/// Writes everything that `source` has into a journal. The times are those of the source: no
/// midnight is added that it did not add itself.
pub(super) fn into_journal(source: &mut dyn EventSource, out: &Path) -> anyhow::Result<Converted> {
    let session = Session { name: source.report().format.to_owned(), midnight_ns: 0 };
    let options = WriterOptions { session, ..WriterOptions::default() };
    let mut writer = JournalWriter::create(out, &options)?;
    let mut converted = each(source, |events, instruments| {
        writer.symbols(instruments)?;
        Ok(writer.append(events)?)
    })?;
    // Names that came without an event.
    writer.symbols(source.instruments())?;
    converted.bytes = writer.close()?.0.bytes;
    Ok(converted)
}

/// Midnight (UTC) before the event; 0 if its time counts from a midnight already.
fn midnight_of(event: &MarketEvent) -> u64 {
    const DAY_NS: u64 = 86_400_000_000_000;
    if event.ts_event < 2 * DAY_NS { 0 } else { event.ts_event - event.ts_event % DAY_NS }
}

/// Writes what ITCH can say, and says what it cannot.
fn into_itch(source: &mut dyn EventSource, out: &Path) -> anyhow::Result<Converted> {
    let mut file = BufWriter::new(File::create(out)?);
    let (mut message, mut bytes) = (Vec::new(), 0);
    let (mut left_out, mut first_left_out) = (0, None::<Unencodable>);
    let mut midnight_ns = None;
    let mut converted = each(source, |events, instruments| {
        let midnight_ns = *midnight_ns.get_or_insert_with(|| midnight_of(&events[0]));
        for event in events {
            match itch::encode(event, instruments, midnight_ns) {
                Ok(encoded) => {
                    message.clear();
                    encoded.write(&mut message);
                    file.write_all(&(message.len() as u16).to_be_bytes())?;
                    file.write_all(&message)?;
                    bytes += 2 + message.len() as u64;
                }
                Err(why) => {
                    left_out += 1;
                    first_left_out.get_or_insert(why);
                }
            }
        }
        Ok(())
    })?;
    // A length of 0 is the end of the session.
    file.write_all(&[0, 0])?;
    file.flush()?;
    converted.bytes = bytes + 2;
    converted.left_out = left_out;
    converted.first_left_out = first_left_out.map(|why| why.to_string());
    Ok(converted)
}
