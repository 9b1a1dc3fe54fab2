//! The scripts of the behaviours, and of what only looks like them.

use super::Behaviour;
use super::script::{Act, Script};
use crate::dice::Dice;
use crate::synthetic::book::Side;
use crate::synthetic::market::PARTICIPANTS;

/// Nanoseconds in a microsecond.
const US: u64 = 1_000;
/// Room for all scripts but those whose prices run.
const ROOM: u32 = 12;

/// Acts in the making.
struct Acts<'a> {
    dice: &'a mut Dice,
    list: Vec<(u64, Act)>,
}

impl Acts<'_> {
    /// An act after at least `from` and less than `to` nanoseconds.
    fn after(&mut self, from: u64, to: u64, act: Act) {
        let delay = from + self.dice.below(to - from);
        self.list.push((delay, act));
    }

    fn post(&mut self, from: u64, to: u64, side: Side, above: u32, shares: u32) {
        self.after(from, to, Act::Post { side, above, shares, participant: None });
    }

    fn lots(&mut self, from: u64, to: u64) -> u32 {
        100 * (from + self.dice.below(to - from)) as u32
    }
}

impl Script {
    /// The behaviour in that stock, whose fair price is that many ticks; or what nearly is it.
    pub(in crate::synthetic) fn of(
        behaviour: Behaviour,
        near_miss: bool,
        stock: usize,
        fair: u32,
        dice: &mut Dice,
    ) -> Self {
        let acts = &mut Acts { dice, list: Vec::new() };
        let mut room = ROOM;
        match behaviour {
            Behaviour::Spoofing => spoofing(near_miss, acts),
            Behaviour::Layering => layering(near_miss, acts),
            Behaviour::MomentumIgnition => {
                // Four in a thousand a trade, and a tick.
                let step = fair / 250 + 1;
                room = 8 * step;
                momentum_ignition(near_miss, step, acts);
            }
            Behaviour::WashTrade => wash_trade(near_miss, acts),
            Behaviour::Iceberg => iceberg(near_miss, acts),
            Behaviour::QuoteStuffing => quote_stuffing(near_miss, acts),
        }
        let list = std::mem::take(&mut acts.list);
        Self::new(stock, (!near_miss).then_some(behaviour), room, list)
    }
}

/// Near misses: nothing is executed before the large order goes, or the large order itself is.
fn spoofing(near_miss: bool, acts: &mut Acts<'_>) {
    let (genuine, large) = (acts.lots(1, 5), acts.lots(50, 200));
    acts.post(0, 1, Side::Ask, 8, genuine);
    acts.post(10 * US, 100 * US, Side::Bid, 3, large);
    let miss = if near_miss { 1 + acts.dice.below(2) } else { 0 };
    let [first, second] = match miss {
        0 => [Act::Fill(0), Act::Delete(1)],
        1 => [Act::Delete(1), Act::Fill(0)],
        _ => [Act::Fill(0), Act::Fill(1)],
    };
    acts.after(100 * US, 1_000 * US, first);
    acts.after(20 * US, 200 * US, second);
}

/// Near misses: two layers, or the layers stay until after the deletion of the other order.
fn layering(near_miss: bool, acts: &mut Acts<'_>) {
    let layers = if near_miss && acts.dice.chance(1, 2) { 2 } else { 4 };
    let genuine = acts.lots(1, 5);
    acts.post(0, 1, Side::Ask, 8, genuine);
    for layer in 0..layers {
        let shares = acts.lots(15, 31);
        acts.post(5 * US, 50 * US, Side::Bid, layers - layer, shares);
    }
    let filled = !near_miss || layers == 2;
    acts.after(100 * US, 800 * US, if filled { Act::Fill(0) } else { Act::Delete(0) });
    for layer in 1..=layers as usize {
        acts.after(5 * US, 30 * US, Act::Delete(layer));
    }
}

/// Near misses: three rises only, or slow ones.
fn momentum_ignition(near_miss: bool, step: u32, acts: &mut Acts<'_>) {
    let few = near_miss && acts.dice.chance(1, 2);
    let rises = if few { 3 } else { 6 };
    let slow = if near_miss && !few { 2_000 * US } else { 0 };
    for rise in 1..=rises {
        let shares = acts.lots(1, 8);
        acts.after(slow + 10 * US, slow + 100 * US, Act::Print { above: rise * step, shares });
    }
    for back in [4, 2, 1] {
        let shares = acts.lots(1, 8);
        acts.after(10 * US, 50 * US, Act::Print { above: back.min(rises) * step, shares });
    }
}

/// Near misses: another participant buys, or at another price.
fn wash_trade(near_miss: bool, acts: &mut Acts<'_>) {
    let shares = acts.lots(2, 11);
    let seller = acts.dice.below(PARTICIPANTS.len() as u64) as usize;
    let (mut buyer, mut above) = (seller, 5);
    if near_miss && acts.dice.chance(1, 2) {
        buyer = (seller + 1) % PARTICIPANTS.len();
    } else if near_miss {
        above = 4;
    }
    let leg = |side, above, who: usize| {
        let participant = Some(PARTICIPANTS[who]);
        Act::Post { side, above, shares, participant }
    };
    acts.after(0, 1, leg(Side::Ask, 5, seller));
    acts.after(20 * US, 200 * US, Act::Fill(0));
    acts.after(20 * US, 200 * US, leg(Side::Bid, above, buyer));
    acts.after(20 * US, 200 * US, Act::Fill(1));
}

/// Near misses: each order at another price, or of another size.
fn iceberg(near_miss: bool, acts: &mut Acts<'_>) {
    let shares = acts.lots(2, 10);
    let other_price = near_miss && acts.dice.chance(1, 2);
    let other_size = near_miss && !other_price;
    for tip in 0..5 {
        let above = if other_price { 3 + tip } else { 4 };
        let shares = if other_size { shares + 100 * tip } else { shares };
        acts.post(US, 5 * US, Side::Bid, above, shares);
        acts.after(20 * US, 100 * US, Act::Fill(tip as usize));
    }
}

/// Near misses: few orders.
fn quote_stuffing(near_miss: bool, acts: &mut Acts<'_>) {
    for number in 0..if near_miss { 12 } else { 40 } {
        acts.post(US / 2, 2 * US, Side::Bid, 1, 100);
        acts.after(US / 2, 2 * US, Act::Delete(number));
    }
}
