//! ITCH 5.0 in BinaryFILE framing.

#[path = "../../../tests/support/naive_itch.rs"]
mod naive_itch;

use super::{drained, opened, options};
use tourbillon_feeds::itch::{Decoder, Message, encode};
use tourbillon_feeds::{Format, Framing, MarketEvent, Options, read_all};

fn itch(framing: Framing) -> Options {
    Options { framing, ..options(Format::Itch50) }
}

/// No panic, and every byte is accounted for.
pub fn itch_stream(data: &[u8]) {
    for framing in [Framing::Strict, Framing::LengthByType] {
        drained(data, &itch(framing), 1);
    }
}

/// The events and the number of faults are those of the naive decoder.
pub fn itch_diff(data: &[u8]) {
    for framing in [Framing::Strict, Framing::LengthByType] {
        let Some(mut source) = opened(data, &itch(framing)) else { return };
        let events = read_all(&mut *source);
        let (expected, errors) = naive_itch::naive_file(data, framing);
        assert_eq!((events, source.report().total_errors()), (expected, errors));
    }
}

/// A frame that is a message comes back byte for byte; its event, if ITCH can say it, too.
pub fn itch_roundtrip(data: &[u8]) {
    let Ok(message) = Message::read(data) else { return };
    let mut written = Vec::new();
    message.write(&mut written);
    assert_eq!(written, data);
    let mut decoder = Decoder::new(0, 0);
    let (mut event, mut again) = <(MarketEvent, MarketEvent)>::default();
    decoder.decode(data, 7, &mut event).expect("it was read as a message");
    if let Ok(message) = encode(&event, decoder.instruments(), 0) {
        written.clear();
        message.write(&mut written);
        let mut decoder = Decoder::new(0, 0);
        decoder.decode(&written, 7, &mut again).expect("the encoder writes messages");
        assert_eq!(again, event);
    }
}

/// Buffers of any sizes give the same events: the first byte says how many sizes follow.
pub fn chunk_split(data: &[u8]) {
    let Some((&count, rest)) = data.split_first() else { return };
    let Some((sizes, file)) = rest.split_at_checked(usize::from(count)) else { return };
    let Some(whole) = drained(file, &Options::default(), 64) else { return };
    let Some(mut source) = opened(file, &Options::default()) else { return };
    let (mut out, mut found) = ([MarketEvent::default(); 256], Vec::new());
    for size in sizes.iter().map(|&size| usize::from(size) + 1).chain(std::iter::repeat(256)) {
        let filled = source.fill(&mut out[..size]);
        found.extend_from_slice(&out[..filled]);
        if filled == 0 {
            break;
        }
    }
    assert_eq!(found, whole);
}
