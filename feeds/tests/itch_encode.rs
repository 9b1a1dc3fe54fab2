//! What the encoder writes decodes to the same event, for every message type and whatever its
//! fields hold.

mod support;

use proptest::prelude::*;
use support::{every_message, wire};
use tourbillon_feeds::itch::{Decoder, MwcbDeclineLevel, Unencodable, encode};
use tourbillon_feeds::{Instruments, Kind, MarketEvent, Side, flags};

fn decoded(frame: &[u8], midnight_ns: u64) -> (MarketEvent, Decoder) {
    let mut decoder = Decoder::new(midnight_ns, 3);
    let mut event = MarketEvent::default();
    decoder.decode(frame, 9, &mut event).expect("a message");
    (event, decoder)
}

#[test]
fn every_type_comes_back() {
    for midnight_ns in [0, 1_692_676_800_000_000_000] {
        let mut table = Decoder::new(midnight_ns, 3);
        for message in every_message() {
            let (event, decoder) = decoded(&wire(&message), midnight_ns);
            let mut names = decoder.instruments().clone();
            if names.get(event.instrument).is_none() {
                // Named by an earlier message of the day, as a rule.
                table.decode(&wire(&message), 0, &mut MarketEvent::default()).expect("a message");
                names = table.instruments().clone();
            }
            let again = encode(&event, &names, midnight_ns).expect("it was a message");
            assert_eq!(decoded(&wire(&again), midnight_ns).0, event, "{message:?}");
        }
    }
}

#[test]
fn what_itch_cannot_say_is_refused() {
    let mut names = Instruments::default();
    names.intern("LONGER.THAN.8");
    names.intern("MSFT");
    let add = MarketEvent {
        kind: Kind::Add as u8,
        side: Side::Bid as u8,
        instrument: 1,
        price: 1_000_000,
        ..MarketEvent::default()
    };
    let refused = |event| encode(&event, &names, 10).err();
    assert_eq!(
        refused(MarketEvent { ts_event: 9, ..add }),
        Some(Unencodable::Field("the time since midnight"))
    );
    let add = MarketEvent { ts_event: 10, ..add };
    assert_eq!(refused(add), None);
    assert_eq!(
        refused(MarketEvent { price: 1_000_001, ..add }),
        Some(Unencodable::Field("the price"))
    );
    assert_eq!(
        refused(MarketEvent { price: -1_000_000, ..add }),
        Some(Unencodable::Field("the price"))
    );
    assert_eq!(
        refused(MarketEvent { instrument: 1 << 16, ..add }),
        Some(Unencodable::Field("the instrument"))
    );
    assert_eq!(refused(MarketEvent { instrument: 0, ..add }), Some(Unencodable::Symbol(0)));
    assert_eq!(refused(MarketEvent { instrument: 2, ..add }), Some(Unencodable::Symbol(2)));
    for kind in [Kind::Quote, Kind::Depth, Kind::Clear, Kind::Gap, Kind::Heartbeat, Kind::None] {
        let event = MarketEvent { kind: kind as u8, ..add };
        assert_eq!(refused(event), Some(Unencodable::Kind(Some(kind))));
    }
    assert_eq!(refused(MarketEvent { kind: 200, ..add }), Some(Unencodable::Kind(None)));
}

proptest! {
    #[test]
    fn any_bytes_in_the_fields_come_back(
        which in 0..23_usize,
        changes in prop::collection::vec((1..50_usize, any::<u8>()), 0..12),
    ) {
        let mut frame = wire(&every_message()[which]);
        for (at, byte) in changes {
            if let Some(place) = frame.get_mut(at) {
                *place = byte;
            }
        }
        let (event, decoder) = decoded(&frame, 0);
        match encode(&event, decoder.instruments(), 0) {
            Ok(message) => {
                let mut again = decoded(&wire(&message), 0).0;
                // A day has no more than 24 hours; the flag follows from the time.
                again.flags |= event.flags & flags::BAD_TS;
                prop_assert_eq!(again, event);
            }
            Err(Unencodable::Symbol(_)) => {
                prop_assert_eq!(decoder.instruments().get(event.instrument), None);
            }
            // Levels of 1.8e10 and more saturate on their way in.
            Err(Unencodable::Field(_)) => prop_assert_eq!(frame[0], MwcbDeclineLevel::CODE),
            Err(why) => prop_assert!(false, "{}", why),
        }
    }
}
