//! A part of a feed is what filtering the whole by hand gives, from every format, however small the
//! portions are.

mod support;

use proptest::prelude::*;
use support::read;
use tourbillon_feeds::itch::{Header, Message, SystemEvent};
use tourbillon_feeds::journal::{JournalWriter, WriterOptions};
use tourbillon_feeds::replay::{Bound, Selected, Selection};
use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{EventSource, Format, Kind, MarketEvent, Options, flags, open_bytes};

const OPEN: u64 = 34_200_000_000_000;

fn itch() -> Vec<u8> {
    let mut bytes = Vec::new();
    Generator::new(3, 12, Profile::day()).write(&mut bytes, 4_000).expect("memory takes all");
    bytes
}

/// The same as a journal in small blocks.
fn journal(itch: &[u8]) -> Vec<u8> {
    let (events, source) = read(itch, &Options::default());
    let options = WriterOptions { block_events: 128, ..WriterOptions::default() };
    let mut writer = JournalWriter::new(Vec::new(), &options).expect("memory takes all");
    writer.symbols(source.instruments()).expect("memory takes all");
    writer.append(&events).expect("memory takes all");
    writer.close().expect("memory takes all").1
}

/// All that is selected, read in portions of that size, and the source.
fn selected(
    bytes: &[u8],
    selection: &Selection,
    portion: usize,
) -> (Vec<MarketEvent>, Selected<Box<dyn EventSource + Send>>) {
    let source = open_bytes(bytes.to_vec(), &Options::default()).expect("a known format");
    let mut source = Selected::new(source, selection.clone());
    let (mut taken, mut room) = (Vec::new(), vec![MarketEvent::default(); portion]);
    while let filled @ 1.. = source.fill(&mut room) {
        taken.extend_from_slice(&room[..filled]);
    }
    (taken, source)
}

/// The definition, over the whole feed.
fn by_hand(
    all: &[MarketEvent],
    symbols: &[u32],
    range: std::ops::Range<usize>,
) -> Vec<MarketEvent> {
    let wanted = |event: &&MarketEvent| {
        symbols.is_empty()
            || symbols.contains(&event.instrument)
            || event.kind() == Some(Kind::System)
    };
    let mut expected: Vec<_> = all[range.clone()].iter().filter(wanted).copied().collect();
    if let Some(first) = expected.first_mut().filter(|_| range.start > 0) {
        first.flags |= flags::MAYBE_BAD_BOOK;
    }
    expected
}

#[derive(Clone, Copy, Debug)]
enum By {
    Sequence,
    Time,
    TimeOfDay,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_part_is_the_same_from_every_format(
        by in prop_oneof![Just(By::Sequence), Just(By::Time), Just(By::TimeOfDay)],
        places in prop::array::uniform2(prop::option::of(0..4_500_usize)),
        symbols in prop::collection::btree_set(1..=12_u32, 0..4),
        portion in 1..600_usize,
    ) {
        let itch = itch();
        let (all, source) = read(&itch, &Options::default());
        let bound = |at: usize| {
            let event = all.get(at).unwrap_or(&all[all.len() - 1]);
            match by {
                By::Sequence => Bound::Sequence(event.seq),
                By::Time => Bound::Time(event.ts_event),
                By::TimeOfDay => Bound::TimeOfDay(event.ts_event),
            }
        };
        let place = |bound: Bound| match bound {
            Bound::Sequence(seq) => all.iter().position(|e| e.seq >= seq),
            Bound::Time(time) | Bound::TimeOfDay(time) => all.iter().position(|e| e.ts_event >= time),
            _ => None,
        };
        let [from, until] = places.map(|place| place.map(bound));
        let symbols: Vec<u32> = symbols.into_iter().collect();
        let name = |index: &u32| source.instruments().get(*index).expect("a symbol").to_owned();
        let selection = Selection { from, until, symbols: symbols.iter().map(name).collect() };
        let start = from.and_then(place).unwrap_or(0);
        let end = until.and_then(place).unwrap_or(all.len()).max(start);
        let expected = by_hand(&all, &symbols, start..end);
        for bytes in [&itch, &journal(&itch)] {
            let (taken, source) = selected(bytes, &selection, portion);
            let plain = |event: &MarketEvent| MarketEvent { ts_recv: 0, ..*event };
            prop_assert!(taken.iter().map(plain).eq(expected.iter().map(plain)));
            prop_assert!(source.missing().is_empty());
        }
    }
}

#[test]
fn a_journal_is_not_read_up_to_the_place() {
    let itch = itch();
    let late = read(&itch, &Options::default()).0[3_500].ts_event;
    let selection = Selection { from: Some(Bound::Time(late)), ..Selection::default() };
    let (from_itch, source) = selected(&itch, &selection, 64);
    assert_eq!(source.report().events as usize, read(&itch, &Options::default()).0.len());
    let (from_journal, source) = selected(&journal(&itch), &selection, 64);
    assert!(from_itch.len() > 64 && from_itch.len() == from_journal.len());
    assert!(source.report().events < from_itch.len() as u64 + 2 * 64, "{:?}", source.report());
}

#[test]
fn a_time_of_day_counts_from_the_first_days_midnight() {
    const DAY: u64 = 86_400_000_000_000;
    let itch = itch();
    let options = Options { session_midnight_ns: 19_000 * DAY, ..Options::default() };
    let selection = Selection {
        from: Some(Bound::TimeOfDay(OPEN)),
        until: Some(Bound::TimeOfDay(OPEN + 1_002_000_000)),
        symbols: Vec::new(),
    };
    let source = open_bytes(itch, &options).expect("ITCH");
    let taken = tourbillon_feeds::read_all(&mut Selected::new(source, selection));
    let times = || taken.iter().map(|event| event.ts_event - 19_000 * DAY);
    assert!(taken.len() > 10 && times().all(|time| (OPEN..OPEN + 1_002_000_000).contains(&time)));
}

/// Times beyond the day and steps back are marked; they neither start nor end a part.
#[test]
fn wrong_times_are_no_places() {
    let at = |timestamp| {
        let header = Header { stock_locate: 0, tracking: 0, timestamp };
        Message::SystemEvent(SystemEvent { header, event_code: b'O' })
    };
    let bytes = support::framed(&[10, 90_000_000_000_000, 20, 25, 15, 30].map(|ms| at(OPEN + ms)));
    let options = Options { format: Some(Format::Itch50), ..Options::default() };
    let part = |from, until| {
        let source = open_bytes(bytes.clone(), &options).expect("ITCH");
        let bound = |time: Option<u64>| time.map(|time| Bound::Time(OPEN + time));
        let selection = Selection { from: bound(from), until: bound(until), symbols: Vec::new() };
        let taken = tourbillon_feeds::read_all(&mut Selected::new(source, selection));
        taken.iter().map(|event| event.ts_event - OPEN).collect::<Vec<_>>()
    };
    // 20 is marked too: it steps back from the wrong time.
    assert_eq!(part(Some(12), None), [25, 15, 30]);
    assert_eq!(part(None, Some(12)), [10, 90_000_000_000_000, 20]);
    assert!(part(Some(26), Some(28)).is_empty(), "30 starts and ends it");
}

#[test]
fn symbols_that_the_feed_lacks_are_told() {
    let symbols = vec!["AAAA".to_owned(), "NOPE".to_owned()];
    let (_, source) = selected(&itch(), &Selection { symbols, ..Selection::default() }, 100);
    assert_eq!(source.missing(), ["NOPE"]);
}
