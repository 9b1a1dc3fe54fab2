//! Every message of IEX-TP and every template of MDP 3.0, written from the specifications and read
//! field by field: most of them are in no capture at hand.

#[path = "support/captures.rs"]
mod captures;
mod support;

use captures::{capture_head, captured};
use support::read;
use tourbillon_feeds::{
    ErrorKind, Format, Kind, MarketEvent, Options, Side, SkipReason, depth, flags,
};

/// Little-endian fields one after the other.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn put<const N: usize>(mut self, bytes: [u8; N]) -> Self {
        self.0.extend_from_slice(&bytes);
        self
    }
    fn u8(self, n: u8) -> Self {
        self.put([n])
    }
    fn u16(self, n: u16) -> Self {
        self.put(n.to_le_bytes())
    }
    fn u32(self, n: u32) -> Self {
        self.put(n.to_le_bytes())
    }
    fn u64(self, n: u64) -> Self {
        self.put(n.to_le_bytes())
    }
    fn i64(self, n: i64) -> Self {
        self.put(n.to_le_bytes())
    }
}

fn b() -> Bytes {
    Bytes::default()
}

fn capture(packets: &[Vec<u8>]) -> Vec<u8> {
    let records = packets.iter().map(|packet| captured(packet));
    [capture_head()].into_iter().chain(records).collect::<Vec<_>>().concat()
}

fn of(events: &[MarketEvent], kind: Kind) -> Vec<MarketEvent> {
    events.iter().filter(|event| event.kind() == Some(kind)).copied().collect()
}

fn segment(first: u64, messages: &[Vec<u8>]) -> Vec<u8> {
    let payload = messages.iter().fold(b(), |all, message| {
        let mut all = all.u16(message.len() as u16);
        all.0.extend_from_slice(message);
        all
    });
    let head = b().u8(1).u8(0).u16(0x8004).u32(1).u32(77);
    let head = head.u16(payload.0.len() as u16).u16(messages.len() as u16);
    [head.u64(0).u64(first).u64(9).0, payload.0].concat()
}

/// Type, code, time and symbol, as most messages begin.
fn iex(kind: u8, code: u8) -> Bytes {
    b().u8(kind).u8(code).u64(5_000).put(*b"ZIEXT   ")
}

#[test]
fn every_message_of_iex() {
    let price = 99_0500;
    let messages = [
        b().u8(b'S').u8(b'O').u64(4_000),
        iex(b'D', 0x80).u32(100).i64(price).u8(1),
        iex(b'H', b'H').put(*b"T1  "),
        iex(b'O', b'N'),
        iex(b'I', b'A'),
        iex(b'E', b'O'),
        iex(b'P', 1).u8(b'A'),
        iex(b'Q', 0x40).u32(9_700).i64(price).i64(price + 500).u32(1_000),
        iex(b'8', 1).u32(9_700).i64(price),
        iex(b'5', 0).u32(0).i64(price),
        iex(b'T', 0x20).u32(100).i64(price).u64(429_974),
        iex(b'B', 0).u32(100).i64(price).u64(429_974),
        iex(b'X', b'Q').i64(price),
        iex(b'A', b'C')
            .u32(70)
            .i64(price)
            .i64(1)
            .u32(30)
            .u8(b'S')
            .u8(0)
            .u32(1)
            .i64(2)
            .i64(3)
            .i64(4)
            .i64(5),
    ]
    .map(|message| message.0);
    let file = capture(&[segment(7, &messages), segment(21, &[]), segment(25, &[])]);
    let (events, source) = read(&file, &Options::default());
    let report = source.report();
    assert_eq!((report.format, report.total_errors(), report.heartbeats), ("iex-tp", 0, 2));
    assert_eq!((events.len(), report.gaps, report.gap_messages), (15, 1, 4));
    assert_eq!(events[14].kind(), Some(Kind::Gap));
    assert!(events[..14].iter().zip(7..).all(|(event, number)| event.seq == number));
    let symbol = |event: &MarketEvent| source.instruments().get(event.instrument);
    assert!(events[1..14].iter().all(|event| symbol(event) == Some("ZIEXT")));
    let fields = |event: &MarketEvent| {
        let kind = event.kind().expect("a kind");
        (kind, event.order_id, event.price, event.aux, event.size, event.side, event.ext >> 8)
    };
    let (p, [none, bid, ask]) = (price * 100_000, [0, 1, 2]);
    let expected = [
        (Kind::System, 0, 0, 0, 0, none, u16::from(b'O')),
        (Kind::Definition, 0, p, 1, 100, none, 0x80),
        (Kind::Status, 0, 0, 0x5431_2020, 0, none, u16::from(b'H')),
        (Kind::Status, 0, 0, 0, 0, none, u16::from(b'N')),
        (Kind::Status, 0, 0, 0, 0, none, u16::from(b'A')),
        (Kind::Status, 0, 0, 0, 0, none, u16::from(b'O')),
        (Kind::Status, 0, 0, u64::from(b'A'), 0, none, 1),
        (Kind::Quote, 1_000, p, p as u64 + 50_000_000, 9_700, none, 0x40),
        (Kind::Depth, depth::pack(depth::CHANGED, 0), p, 1, 9_700, bid, 0),
        (Kind::Depth, depth::pack(depth::DELETED, 0), p, 0, 0, ask, 0),
        (Kind::Trade, 0, p, 429_974, 100, none, 0x20),
        (Kind::Break, 0, p, 429_974, 100, none, 0),
        (Kind::Statistic, 0, p, 0, 0, none, u16::from(b'Q')),
        (Kind::Imbalance, 70, p, 30, 30, ask, u16::from(b'C')),
    ];
    for (event, expected) in events.iter().zip(expected) {
        assert_eq!(fields(event), expected);
    }
    assert_eq!(
        (events[0].ts_event, events[1].ts_event, events[0].ts_recv),
        (4_000, 5_000, 5_000_000_007)
    );
}

#[test]
fn faults_of_iex_are_located() {
    let short = iex(b'Q', 0).u32(5).0;
    let unknown = b().u8(b'z').u8(0).u64(1).0;
    let good = iex(b'O', b'N').0;
    let mut wrong_length = segment(4, std::slice::from_ref(&good));
    wrong_length[12] += 1;
    let mut other = segment(4, std::slice::from_ref(&good));
    other[2] = 9;
    let packets = [segment(1, &[short, unknown, good]), wrong_length, other];
    let (events, source) = read(&capture(&packets), &Options::default());
    let report = source.report();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [3]);
    let kinds: Vec<_> = report.located.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, [ErrorKind::BadLength, ErrorKind::UnknownType]);
    assert_eq!(report.skipped.get(&SkipReason::NotIexTp), Some(&2));
}

/// A message of a template: its block, then what stands behind it.
fn message(template: u16, version: u16, block: Bytes, groups: Bytes) -> Vec<u8> {
    let size = 10 + block.0.len() + groups.0.len();
    let head = b().u16(size as u16).u16(block.0.len() as u16).u16(template).u16(1).u16(version);
    [head.0, block.0, groups.0].concat()
}

fn packet(number: u32, messages: &[Vec<u8>]) -> Vec<u8> {
    [b().u32(number).u64(u64::from(number) * 10).0, messages.concat()].concat()
}

fn group(entries: &[Bytes]) -> Bytes {
    let length = entries.first().map_or(0, |entry| entry.0.len());
    let head = b().u16(length as u16).u8(entries.len() as u8);
    Bytes(entries.iter().fold(head.0, |all, entry| [all, entry.0.clone()].concat()))
}

fn wide_group(entries: &[Bytes]) -> Bytes {
    let narrow = group(entries).0;
    Bytes([&narrow[..2], &[0; 5], &narrow[2..]].concat())
}

fn both(one: Bytes, other: Bytes) -> Bytes {
    Bytes([one.0, other.0].concat())
}

const TIME: u64 = 1_700_000_000_000_000_000;
const PRICE: i64 = 4_000_250_000_000;
const NONE: u32 = i32::MAX as u32;

/// Time, end of event, and what fills the block.
fn incremental() -> Bytes {
    b().u64(TIME).u8(0x80).u16(0)
}

fn mdp3(messages: &[Vec<u8>]) -> (Vec<MarketEvent>, u64) {
    let (events, source) = read(&capture(&[packet(9, messages)]), &Options::default());
    assert_eq!(source.report().format, "mdp3");
    (events, source.report().total_errors())
}

#[test]
fn books_by_level_and_by_order() {
    let level = |size: u32, level: u8, action: u8, kind: u8| {
        b().i64(PRICE).u32(size).u32(17).u32(3).u32(2).u8(level).u8(action).u8(kind).u32(0).u8(0)
    };
    let levels =
        [level(5, 1, 0, b'0'), level(6, 2, 2, b'1'), level(NONE, 1, 1, b'E'), level(0, 1, 0, b'J')];
    let order = |id: u64, size: u32, reference: u8, action: u8| {
        b().u64(id).u64(88).u32(size).u8(reference).u8(action).u16(0)
    };
    let orders = [order(1, 5, 1, 0), order(2, 6, 2, 1), order(3, NONE, 1, 2)];
    let groups = || {
        both(
            group(&levels.each_ref().map(|l| Bytes(l.0.clone()))),
            wide_group(&orders.each_ref().map(|o| Bytes(o.0.clone()))),
        )
    };
    for (template, version, scale) in [(46, 9, 1), (32, 8, 100)] {
        let (events, errors) = mdp3(&[message(template, version, incremental(), groups())]);
        assert_eq!((events.len(), errors), (7, 0));
        assert!(events.iter().all(|event| event.ts_event == TIME && event.seq == 9));
        let found: Vec<_> = of(&events, Kind::Depth)
            .iter()
            .map(|e| (e.price, e.size, e.side, e.ext, depth::unpack(e.order_id)))
            .collect();
        let ext = |kind: u8, level: u16| u16::from(kind) | level << 8;
        let price = PRICE * scale;
        assert_eq!(found[0], (price, 5, 1, ext(b'0', 1), (depth::NEW, 2)));
        assert_eq!(found[1], (price, 0, 2, ext(b'1', 2), (depth::DELETED, 2)));
        assert_eq!(found[2], (price, 0, 1, ext(b'E', 1), (depth::CHANGED, 2)));
        assert_eq!(of(&events, Kind::Clear).len(), 1);
        let found = |kind| -> Vec<_> {
            of(&events, kind).iter().map(|e| (e.order_id, e.size, e.side, e.price, e.aux)).collect()
        };
        assert_eq!(found(Kind::Add), [(1, 5, 1, price, 88)]);
        assert_eq!(found(Kind::Replace), [(2, 6, 2, price, 2)]);
        assert_eq!(found(Kind::Delete), [(3, 0, 1, price, 0)]);
        assert_eq!(events[6].flags & flags::LAST, flags::LAST);
    }
    let entry = |id: u64, action: u8| {
        b().u64(id).u64(88).i64(PRICE).u32(4).u32(17).u8(action).u8(b'1').u32(0).u16(0)
    };
    let orders = group(&[entry(1, 0), entry(2, 1), entry(3, 2)]);
    let (events, _) = mdp3(&[message(47, 9, incremental(), orders)]);
    let found: Vec<_> = events.iter().map(|e| (e.kind(), e.order_id, e.size, e.side)).collect();
    let kinds = [Kind::Add, Kind::Replace, Kind::Delete].map(Some);
    assert_eq!(found, [(kinds[0], 1, 4, 2), (kinds[1], 2, 4, 2), (kinds[2], 3, 0, 2)]);
}

#[test]
fn trades_name_the_orders_that_took_part() {
    let trade = |orders: u32, action: u8, number: u32| {
        b().i64(PRICE).u32(7).u32(17).u32(3).u32(orders).u8(1).u8(action).u32(number).u16(0)
    };
    let fill = |id: u64, size: u32| b().u64(id).u32(size).u32(0);
    let groups = || {
        let trades = group(&[trade(2, 0, 900), trade(0, 2, 901), trade(1, 0, 902)]);
        both(trades, wide_group(&[fill(1, 3), fill(2, 4), fill(3, 7)]))
    };
    let (events, _) = mdp3(&[message(48, 9, incremental(), groups())]);
    let found: Vec<_> = events
        .iter()
        .map(|e| (e.kind(), e.order_id, e.size, e.aux, e.flags & flags::NON_PRINTABLE != 0))
        .collect();
    let (trade, broken) = (Some(Kind::Trade), Some(Kind::Break));
    assert_eq!(
        found,
        [
            (trade, 0, 7, 900, false),
            (trade, 1, 3, 900, true),
            (trade, 2, 4, 900, true),
            (broken, 0, 7, 901, false),
            (trade, 0, 7, 902, false),
            (trade, 3, 7, 902, true),
        ]
    );
    assert_eq!((events[0].side(), events[1].side()), (Some(Side::Bid), Some(Side::None)));
    let (old, _) = mdp3(&[message(42, 6, incremental(), groups())]);
    assert_eq!((old[0].aux, old[0].price), (0, PRICE * 100), "version 6 has no trade numbers");
}

#[test]
fn statistics_limits_and_statuses() {
    let daily = b().i64(PRICE).u32(11).u32(17).u32(3).u16(0).u8(0).u8(0).u8(b'6').put([0; 7]);
    let session = b().i64(PRICE).u32(17).u32(3).u8(0).u8(0).u8(b'7').put([0; 5]);
    let limits = b().i64(PRICE).i64(PRICE - 9).i64(i64::MAX).u32(17).u32(3);
    let volume = b().u32(1_234).u32(17).u32(3).u8(0).put([0; 3]);
    let status = |security: u32| {
        b().u64(TIME)
            .put(*b"ES\0\0\0\0")
            .put(*b"ES\0\0\0\0")
            .u32(security)
            .u16(19_000)
            .u8(0)
            .u8(17)
            .u8(0)
            .u8(4)
    };
    let reset = || b().u64(TIME).u8(0);
    let (events, errors) = mdp3(&[
        message(49, 9, incremental(), group(&[daily])),
        message(51, 9, incremental(), group(&[session])),
        message(50, 9, incremental(), group(&[limits])),
        message(37, 9, incremental(), group(&[volume])),
        message(30, 9, status(17), b()),
        message(30, 9, status(NONE), b()),
        message(4, 9, reset(), group(&[b().u16(310)])),
        message(12, 9, b(), b()),
    ]);
    assert_eq!(errors, 0);
    let found: Vec<_> =
        events.iter().map(|e| (e.kind().expect("a kind"), e.price, e.size, e.ext)).collect();
    let status = u16::from_le_bytes([4, 17]);
    assert_eq!(
        found,
        [
            (Kind::Statistic, PRICE, 11, u16::from(b'6')),
            (Kind::Statistic, PRICE, 0, u16::from(b'7')),
            (Kind::Statistic, PRICE, 0, u16::from(b'g')),
            (Kind::Statistic, 0, 1_234, u16::from(b'e')),
            (Kind::Status, 0, 19_000, status),
            (Kind::System, 0, 19_000, status),
            (Kind::Clear, 0, 0, 0),
        ]
    );
    assert_eq!(events[2].aux as i64, PRICE - 9);
    assert_eq!(events[5].aux, u64::from_be_bytes(*b"\0\0ES\0\0\0\0"));
    assert_eq!(events[6].instrument, MarketEvent::EVERY_INSTRUMENT);
}

#[test]
fn snapshots_clear_the_book_first() {
    let block = b().u32(5_000).u32(1).u32(17).u32(3).u64(TIME).u64(1).u16(0).u8(17);
    let block = block.i64(i64::MAX).i64(i64::MAX).i64(i64::MAX);
    let entry =
        |level: u8, kind: u8| b().i64(PRICE).u32(5).u32(2).u8(level).u16(0).u8(0).u8(0).u8(kind);
    let by_level = message(52, 9, block, group(&[entry(1, b'0'), entry(1, b'1'), entry(0, b'4')]));
    let part = |chunk: u32| {
        let block = b().u32(5_000).u32(1).u32(17).u32(2).u32(chunk).u64(TIME);
        let order = |id: u64| b().u64(id).u64(88).i64(PRICE).u32(4).u8(b'0');
        message(53, 9, block, group(&[order(u64::from(chunk)), order(10)]))
    };
    let (events, errors) = mdp3(&[by_level, part(1), part(2)]);
    assert_eq!(errors, 0);
    assert!(
        events.iter().all(|event| event.flags & flags::SNAPSHOT != 0 && event.ts_event == TIME)
    );
    let kinds: Vec<_> = events.iter().filter_map(MarketEvent::kind).collect();
    let (clear, level, add) = (Kind::Clear, Kind::Depth, Kind::Add);
    assert_eq!(kinds, [clear, level, level, Kind::Statistic, clear, add, add, add, add]);
    assert_eq!((events[1].ext, events[3].ext), (u16::from_le_bytes([b'0', 1]), u16::from(b'4')));
}

#[test]
fn faults_of_mdp3_are_located() {
    let short = message(46, 9, b().u64(TIME), b());
    let unknown = message(200, 9, b().u64(TIME), b());
    let volume = || group(&[b().u32(1).u32(17).u32(3).u8(0).put([0; 3])]);
    let good = message(37, 9, incremental(), volume());
    // A later version may append to the block and to the entries.
    let entry = b().u32(2).u32(17).u32(3).u8(0).put([0; 3]).u64(7);
    let longer = message(37, 20, both(incremental(), b().u32(5)), group(&[entry]));
    let mut cut = good.clone();
    cut[0] += 9;
    let packets = [packet(1, &[good, short, unknown, longer]), packet(2, &[cut])];
    // The first packet is not one that the format is known by.
    let options = Options { format: Some(Format::Mdp3), ..Options::default() };
    let (events, source) = read(&capture(&packets), &options);
    let report = source.report();
    assert_eq!(
        events.iter().map(|event| (event.seq, event.size)).collect::<Vec<_>>(),
        [(1, 1), (1, 2)]
    );
    let kinds: Vec<_> = report.located.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, [ErrorKind::BadLength, ErrorKind::UnknownType]);
    assert_eq!(report.skipped.get(&SkipReason::NotMdp3), Some(&1), "{report:?}");
    assert_eq!(report.gaps, 0);
}
