//! What the encoder writes, the reader gives back: real days of orders, and everything that is
//! not DBN as far as DBN can say it.

mod support;

use proptest::prelude::*;
use std::collections::BTreeMap;
use support::{every_message, framed, shared};
use tourbillon_feeds::dbn::{Encoder, Unencodable, metadata};
use tourbillon_feeds::{
    EventSource, Instruments, Kind, MarketEvent, Options, Side, flags, open, open_bytes, read_all,
};

/// The file of these events, and how many could not be said.
fn encoded(
    events: &[MarketEvent],
    instruments: &Instruments,
    mut encoder: Encoder,
) -> (Vec<u8>, Vec<Unencodable>) {
    let mut file = metadata("TEST", 1, 2, instruments);
    assert_eq!(file.len() % 8, 0);
    let mut refused = Vec::new();
    for event in events {
        refused.extend(encoder.encode(event, instruments, &mut file).err());
    }
    (file, refused)
}

fn decoded(file: Vec<u8>) -> (Vec<MarketEvent>, Box<dyn EventSource + Send>) {
    let mut source = open_bytes(file, &Options::default()).expect("DBN");
    let events = read_all(&mut *source);
    assert_eq!(source.report().total_errors(), 0, "{:?}", source.report());
    (events, source)
}

#[test]
fn real_orders_come_back_equal() {
    for name in [
        "nautilus/esh4-glbx-mdp3-20231224.mbo.dbn.zst",
        "nautilus/esh4-glbx-mdp3-20231225.mbo.dbn.zst",
        "official/test_data.mbo.v1.dbn.zst",
        "official/test_data.mbo.v3.dbn.zst",
        "official/test_data.trades.v3.dbn.zst",
    ] {
        let Some(path) = shared(&format!("dbn/{name}")) else { continue };
        let mut source = open(&path, &Options::default()).expect("DBN");
        let events = read_all(&mut *source);
        let (file, refused) = encoded(&events, source.instruments(), Encoder::with_channels());
        assert_eq!(refused, [], "{name}");
        let (again, copy) = decoded(file);
        assert!(again == events, "{name}");
        let table = |source: &dyn EventSource| -> Vec<(u32, String)> {
            let named = source.instruments().iter();
            named.map(|(i, symbol)| (source.instruments().id(i), symbol.to_owned())).collect()
        };
        assert_eq!(table(&*copy), table(&*source), "{name}");
    }
}

/// Shares left by order.
fn book(events: &[MarketEvent]) -> BTreeMap<(u32, u64), (i64, i64, u8)> {
    let mut book = BTreeMap::new();
    for event in events {
        let key = (event.instrument, event.order_id);
        match event.kind().expect("a kind") {
            Kind::Add => {
                book.insert(key, (i64::from(event.size), event.price, event.side));
            }
            Kind::Replace => {
                let side = book.remove(&key).map_or(event.side, |(_, _, side)| side);
                book.insert((key.0, event.aux), (i64::from(event.size), event.price, side));
            }
            Kind::Cancel | Kind::Exec | Kind::ExecPrice => {
                if let Some((left, ..)) = book.get_mut(&key) {
                    *left -= i64::from(event.size);
                }
            }
            Kind::Delete => {
                book.remove(&key);
            }
            _ => {}
        }
    }
    book.retain(|_, (left, ..)| *left > 0);
    book
}

/// A stream of ITCH as DBN leads to the same orders, and has the same printed volume.
#[test]
fn itch_keeps_its_book_and_its_volume() {
    let mut file = Vec::new();
    let profile = tourbillon_feeds::synthetic::Profile::default();
    tourbillon_feeds::synthetic::Generator::new(7, 3, profile)
        .write(&mut file, 30_000)
        .expect("memory takes all");
    let mut source = open_bytes(file, &Options::default()).expect("ITCH");
    let events = read_all(&mut *source);
    let (file, refused) = encoded(&events, source.instruments(), Encoder::new());
    assert!(refused.iter().all(|why| matches!(why, Unencodable::Kind(Some(_)))), "{refused:?}");
    let (again, copy) = decoded(file);
    let symbol = |source: &dyn EventSource, id: u32| {
        let table = source.instruments();
        table.find_id(id).and_then(|index| table.get(index)).map(str::to_owned)
    };
    let by_symbol = |source: &dyn EventSource, events: &[MarketEvent]| -> BTreeMap<_, _> {
        let of = |((instrument, id), order)| {
            ((symbol(source, source.instruments().id(instrument)), id), order)
        };
        book(events).into_iter().map(of).collect()
    };
    let live = by_symbol(&*source, &events);
    assert!(live.len() > 50, "{}", live.len());
    assert_eq!(by_symbol(&*copy, &again), live);
    let printed = |events: &[MarketEvent], kinds: &[Kind]| -> u64 {
        let of = events.iter().filter(|e| kinds.iter().any(|kind| e.kind() == Some(*kind)));
        of.filter(|e| e.flags & flags::NON_PRINTABLE == 0).map(|e| u64::from(e.size)).sum()
    };
    let before = printed(&events, &[Kind::Exec, Kind::ExecPrice, Kind::Trade]);
    assert_eq!(printed(&again, &[Kind::Trade]), before);
}

#[test]
fn what_dbn_cannot_say_is_refused_and_changes_nothing() {
    let mut source = open_bytes(framed(&every_message()), &Options::default()).expect("ITCH");
    let events = read_all(&mut *source);
    let (mut file, mut encoder) = (Vec::new(), Encoder::new());
    for event in &events {
        let before = file.len();
        let said = encoder.encode(event, source.instruments(), &mut file);
        assert_eq!(said.is_ok(), file.len() > before, "{event:?}");
    }
    let refused = |event: MarketEvent| {
        Encoder::new().encode(&event, &Instruments::default(), &mut Vec::new()).err()
    };
    let delete = MarketEvent { kind: Kind::Delete as u8, order_id: 5, ..MarketEvent::default() };
    let unknown = Unencodable::UnknownOrder { order_id: 5, instrument: 0 };
    assert_eq!(refused(delete), Some(unknown));
    assert_eq!(refused(MarketEvent { kind: Kind::Exec as u8, ..delete }), Some(unknown));
    assert_eq!(refused(MarketEvent { kind: Kind::Replace as u8, ..delete }), Some(unknown));
    assert_eq!(
        refused(MarketEvent { seq: 1 << 32, ..delete }),
        Some(Unencodable::Field("the sequence number"))
    );
    assert_eq!(refused(MarketEvent { kind: 200, ..delete }), Some(Unencodable::Kind(None)));
}

prop_compose! {
    /// An event that DBN by order has as it is.
    fn native()(
        action in 0usize..7,
        side in 0u8..3,
        bits in 0u16..8,
        numbers in any::<(u64, u64, u64, i64)>(),
        seq in any::<u32>(),
        size in any::<u32>(),
        channel in any::<u8>(),
        instrument in 0u32..2,
    ) -> MarketEvent {
        let actions = b"AMCRTFN";
        let kinds = [Kind::Add, Kind::Replace, Kind::Cancel, Kind::Clear, Kind::Trade, Kind::Trade, Kind::None];
        let (ts_event, ts_recv, order_id, price) = numbers;
        // A cancellation without price and side has those of its order, if that is known.
        let (price, side) = if actions[action] == b'C' { (price | 1, side.max(1)) } else { (price, side) };
        // So has the change of an order without a side.
        let side = if actions[action] == b'M' { side.max(1) } else { side };
        let flag = |bit: u16, flag: u16| if bits & bit != 0 { flag } else { 0 };
        let fill = if actions[action] == b'F' { flags::NON_PRINTABLE } else { 0 };
        MarketEvent {
            ts_event,
            ts_recv,
            seq: u64::from(seq),
            order_id,
            price,
            aux: if actions[action] == b'M' { order_id } else { 0 },
            instrument,
            size,
            source: 0,
            kind: kinds[action] as u8,
            side,
            flags: flag(1, flags::LAST) | flag(2, flags::SNAPSHOT) | flag(4, flags::MAYBE_BAD_BOOK) | fill,
            ext: u16::from(actions[action]) | u16::from(channel) << 8,
        }
    }
}

proptest! {
    #[test]
    fn any_native_event_comes_back(events in proptest::collection::vec(native(), 0..40)) {
        let mut names = Instruments::default();
        names.intern("ESH4");
        names.intern("a symbol with ünicode");
        let (file, refused) = encoded(&events, &names, Encoder::with_channels());
        prop_assert_eq!(refused, []);
        let (again, source) = decoded(file);
        prop_assert_eq!(again.len(), events.len());
        for (found, event) in again.iter().zip(&events) {
            let symbol = source.instruments().get(found.instrument);
            prop_assert_eq!(symbol, names.get(event.instrument));
            prop_assert_eq!(&MarketEvent { instrument: event.instrument, ..*found }, event);
        }
        let sides = events.iter().filter(|event| event.side() == Some(Side::Ask)).count();
        prop_assert_eq!(sides, again.iter().filter(|event| event.side() == Some(Side::Ask)).count());
    }
}
