//! A generated session as messages, and its events as if no network were between.

use tourbillon_feeds::MarketEvent;
use tourbillon_feeds::exchange::split;
use tourbillon_feeds::itch::Decoder;
use tourbillon_feeds::synthetic::{Generator, Profile};

/// The messages of a session with that many between opening and closing.
pub(crate) fn messages(seed: u64, symbols: u16, traffic: u64) -> Vec<Vec<u8>> {
    let mut file = Vec::new();
    let mut generator = Generator::new(seed, symbols, Profile::busy());
    generator.write(&mut file, traffic).expect("memory takes all");
    split(&file)
}

/// The events, numbered from 1 as sessions number.
pub(crate) fn lossless(messages: &[Vec<u8>], decoder: &mut Decoder) -> Vec<MarketEvent> {
    let mut events = vec![MarketEvent::default(); messages.len()];
    for ((number, message), event) in (1..).zip(messages).zip(&mut events) {
        decoder.decode(message, number, event).expect("the generator writes what is valid");
    }
    events
}
