//! A feed as DBN: read twice, because the symbols stand before the records.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use tourbillon_feeds::EventSource;
use tourbillon_feeds::dbn::{Encoder, Unencodable, metadata};

use super::convert::{Converted, each};

/// Name of the data set that the metadata has: Databento's where it has one for the exchange.
fn dataset(format: &str) -> &'static str {
    match format {
        "itch50" | "pcap" | "soup" => "XNAS.ITCH",
        "mdp3" => "GLBX.MDP3",
        _ => "TOURBILLON",
    }
}

/// Writes what DBN by order can say, and says what it cannot. `again` is the same feed, unread.
pub(super) fn into_dbn(
    source: &mut dyn EventSource,
    again: &mut dyn EventSource,
    out: &Path,
) -> anyhow::Result<Converted> {
    each(source, |_, _| Ok(()))?;
    let (report, instruments) = (source.report(), source.instruments());
    let start = report.first_ts_event.unwrap_or_default();
    // The end is the first instant behind the file.
    let end = report.last_ts_event.unwrap_or_default().saturating_add(1);
    let mut records = metadata(dataset(report.format), start, end, instruments);
    let mut encoder =
        if report.format == "dbn" { Encoder::with_channels() } else { Encoder::new() };
    let (mut left_out, mut first_left_out, mut bytes) = (0, None::<Unencodable>, 0);
    let mut file = BufWriter::new(File::create(out)?);
    let mut converted = each(again, |events, instruments| {
        for event in events {
            if let Err(why) = encoder.encode(event, instruments, &mut records) {
                left_out += 1;
                first_left_out.get_or_insert(why);
            }
        }
        file.write_all(&records)?;
        bytes += records.len() as u64;
        records.clear();
        Ok(())
    })?;
    // Those of a feed without an event.
    file.write_all(&records)?;
    file.flush()?;
    converted.bytes = bytes + records.len() as u64;
    converted.left_out = left_out;
    converted.first_left_out = first_left_out.map(|why| why.to_string());
    Ok(converted)
}
