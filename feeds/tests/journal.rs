//! The journal gives back what was written, finds what is asked for, and says what went wrong.

use proptest::prelude::*;
use std::io::{self, Write};
use tourbillon_feeds::dbn::{Encoder, metadata};
use tourbillon_feeds::journal::{
    Durable, HeadError, Journal, JournalSource, JournalWriter, Position, Session, SyncPolicy,
    WriteError, WriterOptions, Written,
};
use tourbillon_feeds::{
    EventSource, Format, Instruments, Kind, MarketEvent, Options, open, open_bytes, read_all,
    reference,
};

fn sample(events: u64) -> Vec<MarketEvent> {
    read_all(&mut reference::Limited::new(7, events))
}

fn in_blocks_of(block_events: u32) -> WriterOptions {
    WriterOptions { block_events, ..WriterOptions::default() }
}

fn written(events: &[MarketEvent], block_events: u32) -> Vec<u8> {
    let mut writer = JournalWriter::new(Vec::new(), &in_blocks_of(block_events)).expect("options");
    writer.append(events).expect("memory takes all");
    writer.close().expect("memory takes all").1
}

#[test]
fn a_file_is_found_by_its_content_and_mapped_without_a_copy() {
    let events = sample(1_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.csv");
    let session = Session { midnight_ns: 86_400_000_000_000, name: "Schön".to_owned() };
    let options =
        WriterOptions { block_events: 300, session: session.clone(), sync: SyncPolicy::EveryBlock };
    let mut writer = JournalWriter::create(&path, &options).expect("the folder can be written");
    let mut names = Instruments::default();
    names.intern("MSFT");
    writer.symbols(&names).expect("a name");
    writer.append(&events[..700]).expect("the file takes all");
    names.intern("INTC");
    writer.symbols(&names).expect("a name");
    writer.symbols(&names).expect("nothing new");
    writer.append(&events[700..]).expect("the file takes all");
    let (account, _) = writer.close().expect("the file takes all");
    let bytes = std::fs::metadata(&path).expect("a file").len();
    assert_eq!(account, Written { events: 1_000, bytes, blocks: 4 + 2 });

    let mut source = open(&path, &Options::default()).expect("a journal");
    assert_eq!(read_all(&mut *source), events);
    let report = source.report();
    assert_eq!((report.format, report.total_errors(), report.end_of_session), ("journal", 0, true));
    assert_eq!((report.consumed, report.trailing_bytes, report.symbols), (bytes, 0, 2));
    assert_eq!(source.instruments().get(1), Some("INTC"));

    let journal = Journal::open(&path).expect("a journal");
    assert_eq!((journal.session(), journal.verify()), (&session, Ok(())));
    assert_eq!((journal.blocks(), journal.events(), journal.is_closed()), (4, 1_000, true));
    let first = journal.block(0).expect("whole").as_ptr();
    assert!(first.addr().is_multiple_of(64));
    assert_eq!(journal.block(0).expect("whole").as_ptr(), first, "the same place each time");
    let second = journal.block(1).expect("whole").as_ptr();
    // 300 events, 4 bytes each for the check table of the second block, filled to 64, and a head.
    assert_eq!(second.addr() - first.addr(), 300 * 64 + 64 + 1_216, "in the mapping");
}

/// DBN numbers its instruments itself: the second one comes first here.
#[test]
fn the_ids_of_the_feed_are_kept() {
    let mut names = Instruments::default();
    let [first, second] = ["ESH4", "NQH4"].map(|name| names.intern(name));
    let mut file = metadata("TEST", 0, 1, &names);
    for instrument in [second, first] {
        let clear = MarketEvent { instrument, kind: Kind::Clear as u8, ..MarketEvent::default() };
        Encoder::new().encode(&clear, &names, &mut file).expect("a record");
    }
    let mut source = open_bytes(file, &Options::default()).expect("DBN");
    let events = read_all(&mut *source);
    let mut writer = JournalWriter::new(Vec::new(), &in_blocks_of(64)).expect("options");
    writer.symbols(source.instruments()).expect("memory takes all");
    writer.append(&events).expect("memory takes all");
    let journal = writer.close().expect("memory takes all").1;
    let again = open_bytes(journal, &Options::default()).expect("a journal");
    for table in [source.instruments(), again.instruments()] {
        let found = [0, 1].map(|index| (table.get(index), table.id(index)));
        assert_eq!(found, [(Some("NQH4"), second), (Some("ESH4"), first)]);
        assert_eq!([first, second].map(|id| table.find_id(id)), [Some(1), Some(0)]);
    }
}

#[test]
fn memory_at_any_address_will_do() {
    let (events, bytes) = (sample(50), written(&sample(50), 7));
    for shift in 0..64 {
        // Allocations differ in their address; one of 64 lengths starts unaligned somewhere.
        let mut moved = Vec::with_capacity(bytes.len() + shift);
        moved.extend_from_slice(&bytes);
        assert_eq!(read_all(&mut *open_bytes(moved, &Options::default()).expect("it")), events);
    }
}

#[test]
fn an_empty_journal_is_a_journal() {
    let bytes = written(&[], 5);
    assert_eq!(Format::detect(&bytes), Some(Format::Journal));
    let journal = Journal::from_bytes(bytes).expect("a journal");
    assert_eq!((journal.blocks(), journal.events(), journal.verify()), (0, 0, Ok(())));
    assert_eq!(journal.seek_time(0), Position { block: 0, event: 0 });
    let mut source = JournalSource::new(journal);
    assert!(read_all(&mut source).is_empty() && source.report().end_of_session);
}

#[test]
fn a_head_of_another_kind_is_refused_with_the_reason() {
    let bytes = written(&sample(3), 5);
    let head = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        let crc = crc32c::crc32c(&bytes[..4_092.min(bytes.len())]);
        if let Some(place) = bytes.get_mut(4_092..4_096) {
            place.copy_from_slice(&crc.to_le_bytes());
        }
        Journal::from_bytes(bytes).err()
    };
    assert_eq!(head(&|b| b.truncate(4_000)), Some(HeadError::Short(4_000)));
    assert_eq!(head(&|b| b[0] = 0), Some(HeadError::Magic));
    assert_eq!(head(&|b| b[8] = 2), Some(HeadError::Version(2)));
    assert!(matches!(head(&|b| b[12] = 128), Some(HeadError::Schema { size: 128, .. })));
    assert!(matches!(head(&|b| b[16] ^= 1), Some(HeadError::Schema { size: 64, .. })));
    for change in [32, 35, 37, 39] {
        let refused = head(&|b| b[change] = if change == 32 { 0 } else { 0xFF });
        assert!(matches!(refused, Some(HeadError::Limits { .. })), "byte {change}: {refused:?}");
    }
    let mut damaged = bytes.clone();
    damaged[100] = 1;
    assert!(matches!(Journal::from_bytes(damaged), Err(HeadError::Damaged { .. })));
}

#[test]
fn limits_of_the_writer_are_errors() {
    for options in [in_blocks_of(0), in_blocks_of((1 << 20) + 1)] {
        assert!(matches!(JournalWriter::new(vec![], &options), Err(WriteError::Limits { .. })));
    }
    let mut writer = JournalWriter::new(Vec::new(), &in_blocks_of(1)).expect("options");
    let mut names = Instruments::default();
    names.intern(&"x".repeat(256));
    assert!(matches!(writer.symbols(&names), Err(WriteError::Symbol { instrument: 0, .. })));
}

/// Takes so many bytes, then fails; keeps what it took.
#[derive(Debug)]
struct Full<'a> {
    kept: &'a mut Vec<u8>,
    room: usize,
}

impl Write for Full<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.room - self.kept.len());
        self.kept.extend_from_slice(&bytes[..taken]);
        if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Durable for Full<'_> {
    fn sync(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}

#[test]
fn a_full_disk_is_told_with_its_place_and_loses_nothing_before() {
    let events = sample(100);
    let whole = written(&events, 10);
    for room in (0..whole.len()).step_by(37) {
        let mut kept = Vec::new();
        let options = WriterOptions { sync: SyncPolicy::Never, ..in_blocks_of(10) };
        let failed =
            JournalWriter::new(Full { kept: &mut kept, room }, &options).and_then(|mut w| {
                let first = w.append(&events);
                if let Err(WriteError::Io { offset, .. }) = first {
                    // The block that failed starts within what was taken.
                    assert!(offset as usize <= room, "{offset} {room}");
                    let again = w.append(&events[..1]);
                    assert!(
                        matches!(again, Err(WriteError::Failed { offset: at }) if at == offset)
                    );
                }
                first.and_then(|()| w.close().map(|_| ()))
            });
        assert!(matches!(failed, Err(WriteError::Io { .. })), "{room}: {failed:?}");
        assert_eq!(kept, whole[..room]);
    }
    let (mut kept, room) = (Vec::new(), usize::MAX);
    let mut writer =
        JournalWriter::new(Full { kept: &mut kept, room }, &in_blocks_of(10)).expect("room");
    writer.append(&events[..3]).expect("room");
    assert!(matches!(writer.sync(), Err(WriteError::Io { .. })));
    assert!(matches!(writer.sync(), Err(WriteError::Failed { .. })), "not known what is there");
}

proptest! {
    /// Any events, in any portions, with a flush anywhere: the same events, and every search finds
    /// what a walk from the start finds.
    #[test]
    fn what_is_written_is_read_and_found(
        fields in prop::collection::vec((0..40_u64, 0..40_u64, any::<u64>(), any::<u16>()), 0..200),
        portion in 1..40_usize,
        block_events in 1..33_u32,
        flush_every in 1..10_usize,
        closed in any::<bool>(),
    ) {
        let events: Vec<MarketEvent> = fields
            .iter()
            .map(|&(ts_event, seq, aux, ext)| MarketEvent { ts_event, seq, aux, ext, ..MarketEvent::default() })
            .collect();
        let mut writer = JournalWriter::new(Vec::new(), &in_blocks_of(block_events))?;
        for (n, portion) in events.chunks(portion).enumerate() {
            writer.append(portion)?;
            if n % flush_every == 0 {
                writer.flush()?;
            }
        }
        let mut bytes = writer.close()?.1;
        if !closed {
            // Without its end and its index.
            let index_at = u64::from_le_bytes(bytes[bytes.len() - 40..][..8].try_into()?);
            bytes.truncate(index_at as usize);
        }
        let mut source = JournalSource::new(Journal::from_bytes(bytes)?);
        prop_assert_eq!(&read_all(&mut source), &events);
        prop_assert_eq!(source.report().total_errors(), u64::from(!closed));
        prop_assert_eq!(source.report().consumed, source.report().bytes);
        for wanted in 0..41 {
            for (position, first) in [
                (source.journal().seek_time(wanted), events.iter().position(|e| e.ts_event >= wanted)),
                (source.journal().seek_seq(wanted), events.iter().position(|e| e.seq >= wanted)),
                (source.journal().seek_event(wanted), Some(wanted as usize)),
            ] {
                source.seek(position);
                let first = first.unwrap_or(events.len()).min(events.len());
                prop_assert_eq!(&read_all(&mut source), &events[first..]);
            }
        }
    }
}
