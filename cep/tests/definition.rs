//! What the rules of the definition come to, worked out by hand: one small stream for each.
//!
//! Streams: `a1` an event of kind a at time 1, `a1=5` with value 5, `a1/2` with key 2, `w9` a
//! watermark, `end9` the end. Outputs: the item that let it out, `!` for a time-out, then each
//! step's number and event. Patterns without groups are in the notation of `flink_cases`.

mod flink_cases;
mod oracle;

use flink_cases::in_words;
use oracle::pattern::*;
use oracle::{Kind, outputs};

fn item(text: &str) -> Item {
    let digits = |text: &str| text.parse::<u64>().expect("a number");
    if let Some(time) = text.strip_prefix("end") {
        return Item::End(digits(time));
    }
    let (kind, rest) = text.split_at(1);
    let (rest, key) = rest.split_once('/').unwrap_or((rest, "0"));
    let (time, value) = rest.split_once('=').unwrap_or((rest, "0"));
    let (time, key, value) = (digits(time), digits(key) as u32, digits(value) as i64);
    match kind.as_bytes()[0] {
        b'w' => Item::Watermark(time),
        kind => Item::Event(Event { time, key, kind, value }),
    }
}

#[track_caller]
fn check(pattern: &Pattern, stream: &str, expected: &[&str]) {
    let names: Vec<&str> = stream.split(' ').collect();
    let items: Vec<_> = names.iter().map(|name| item(name)).collect();
    let shown = |emission: oracle::Emission| {
        let late = if emission.kind == Kind::TimedOut { "!" } else { "" };
        let bound = emission.bound.iter().map(|&(step, at)| format!(" {step}{}", names[at]));
        format!("{late}{}:{}", names[emission.at], bound.collect::<String>())
    };
    let shown: Vec<_> = outputs(pattern, &items).into_iter().map(shown).collect();
    assert_eq!(shown, expected);
}

fn words(pattern: &str) -> Pattern {
    Pattern::new(in_words(pattern))
}

fn within(length: u64, pattern: &str) -> Pattern {
    Pattern { window: Window::time(length), ..words(pattern) }
}

fn kind(letter: u8) -> Condition {
    Condition::Kind(letter)
}

fn step(number: usize, letter: u8) -> Node {
    Node::Step(number, kind(letter))
}

fn relaxed(parts: Vec<Node>) -> Node {
    Node::Sequence(parts.into_iter().map(|part| (Link::Relaxed, part)).collect())
}

fn permute(parts: Vec<Node>) -> Node {
    Node::Permute { parts, link: Link::Relaxed, between: Vec::new() }
}

#[test]
fn contiguity() {
    check(&words("^:a !:b"), "a1 b2 b3 a4 x5 b6", &["b2: 0a1 1b2"]);
    check(&words("^:a ~:b"), "a1 x2 b3 b4", &["b3: 0a1 1b3"]);
    check(&words("^:a *:b"), "a1 x2 b3 b4", &["b3: 0a1 1b3", "b4: 0a1 1b4"]);
    // Out at one event: by start.
    check(&words("^:a ~:b"), "a1 a2 b3", &["b3: 0a1 1b3", "b3: 0a2 1b3"]);
}

#[test]
fn loops_take_what_comes_next_by_their_own_contiguity() {
    check(&words("^:a+ ~:b"), "a1 x2 a3 b4", &["b4: 0a1 0a3 1b4", "b4: 0a1 1b4", "b4: 0a3 1b4"]);
    check(&words("^:a+s ~:b"), "a1 x2 a3 b4", &["b4: 0a1 1b4", "b4: 0a3 1b4"]);
    check(&words("^:a{2}"), "a1 a2 a3", &["a2: 0a1 0a2", "a3: 0a2 0a3"]);
    check(&words("^:a{2}k"), "a1 a2 a3", &["a2: 0a1 0a2", "a3: 0a1 0a3", "a3: 0a2 0a3"]);
    check(&words("^:x ~:a{1,2}"), "x0 a1 a2 a3", &["a1: 0x0 1a1", "a2: 0x0 1a1 1a2"]);
}

#[test]
fn a_greedy_loop_leaves_nothing_that_it_could_take() {
    check(&words("^:x ~:a+g ~:b"), "x0 a1 a2 b3", &["b3: 0x0 1a1 1a2 2b3"]);
    // What it could take, though the next step could too, is its own.
    check(&words("^:x ~:a{1,2}g *:a"), "x0 a1 a2 a3", &["a3: 0x0 1a1 1a2 2a3"]);
    check(&words("^:x ~:a?g *:a"), "x0 a1 a2", &["a2: 0x0 1a1 2a2"]);
    check(&words("^:x ~:a? *:a"), "x0 a1 a2", &["a1: 0x0 2a1", "a2: 0x0 1a1 2a2", "a2: 0x0 2a2"]);
}

#[test]
fn a_reluctant_loop_takes_nothing_that_could_follow() {
    let any = Condition::True;
    let looped = |stop| {
        let loops = Node::Step(1, any.clone()).repeat(1, 9, stop, Link::Next);
        let parts = [(Link::Any, step(0, b'x')), (Link::Next, loops), (Link::Next, step(2, b'b'))];
        Pattern::new(Node::Sequence(parts.to_vec()))
    };
    check(&looped(Stop::Reluctant), "x0 a1 b2 b3", &["b2: 0x0 1a1 2b2"]);
    check(&looped(Stop::Each), "x0 a1 b2 b3", &["b2: 0x0 1a1 2b2", "b3: 0x0 1a1 1b2 2b3"]);
    // At the end of the pattern it stops as soon as it may.
    let last = step(1, b'a').repeat(2, 9, Stop::Reluctant, Link::Any);
    let pattern = Pattern::new(relaxed(vec![step(0, b'x'), last]));
    check(&pattern, "x0 a1 a2 a3", &["a2: 0x0 1a1 1a2", "a3: 0x0 1a1 1a3"]);
}

#[test]
fn negation_between_two_events() {
    check(&words("^:a n~:c ~:b"), "a1 x2 b3 a4 c5 b6", &["b3: 0a1 2b3"]);
    // An open interval: the bound event itself may be such an event, and ends the wait.
    check(&words("^:a n~:b *:b"), "a1 b2 b3", &["b2: 0a1 2b2"]);
    check(&words("^:a n!:c ~:b"), "a1 c2 b3 a4 x5 c6 b7", &["b7: 0a4 2b7"]);
    // It is about the last event of the loop.
    check(&words("^:a{2} n~:c ~:b"), "a1 c2 a3 b4", &["b4: 0a1 0a3 2b4"]);
    // And says nothing where nothing follows.
    check(&words("^:a n~:c ~:b?"), "a1 c2 b3", &["a1: 0a1"]);
}

#[test]
fn absence_fires_at_its_deadline() {
    let alarm = |length| {
        let not = Node::Not(Absent::For(length), kind(b'f'));
        Pattern::new(relaxed(vec![step(0, b'o'), not]))
    };
    check(&alarm(5), "o1 x3 x5 w6", &["w6: 0o1"]);
    check(&alarm(5), "o1 x3 f5 w6", &[]);
    // An event at the deadline is too late to matter, and lets the match out.
    check(&alarm(5), "o1 f6", &["f6: 0o1"]);
    check(&alarm(5), "o1 end9", &[]);
    check(&alarm(5), "o1 o2 w9", &["w9: 0o1", "w9: 0o2"]);
    // Until the window of the whole match closes.
    check(&within(5, "^:a ~:b n~:c"), "a1 b3 x5 x6", &["x6: 0a1 1b3"]);
    check(&within(5, "^:a ~:b n~:c"), "a1 b3 c5 x6", &[]);
}

#[test]
fn absence_in_front_and_in_the_middle() {
    let not = |length| Node::Not(Absent::For(length), kind(b'n'));
    let front = Pattern::new(relaxed(vec![not(3), step(0, b'a')]));
    check(&front, "n1 a3 a4 n5 a5", &["a4: 0a4"]);
    // What follows comes after the time, not in it.
    let middle = Pattern::new(relaxed(vec![step(0, b'a'), not(3), step(1, b'b')]));
    check(&middle, "a1 b2 b4 b5", &["b4: 0a1 1b4"]);
    check(&middle, "a1 n2 b4", &[]);
}

#[test]
fn alternatives_permutations_and_groups() {
    let either = Node::Either(vec![step(1, b'b'), step(2, b'c')]);
    let pattern = Pattern::new(relaxed(vec![step(0, b'a'), either]));
    check(&pattern, "a1 c2 b3", &["c2: 0a1 2c2", "b3: 0a1 1b3"]);

    let both = permute(vec![step(0, b'b'), step(1, b's')]);
    check(&Pattern::new(both), "s1 b2 s3", &["b2: 1s1 0b2", "s3: 0b2 1s3"]);

    let refill = relaxed(vec![step(0, b'f'), step(1, b'r')]);
    let iceberg = Pattern::new(refill.repeat(2, 2, Stop::Each, Link::Relaxed));
    check(&iceberg, "f1 r2 x3 f4 r5 f6", &["r5: 0f1 1r2 0f4 1r5"]);
}

#[test]
fn windows_and_gaps_are_strict() {
    check(&within(5, "^:a *:b"), "a1 b5 b6", &["b5: 0a1 1b5", "!b6: 0a1"]);
    let events = Pattern { window: Window::events(3), ..words("^:a *:b") };
    check(&events, "a1 x2 b3 b4", &["b3: 0a1 1b3", "!b4: 0a1"]);
    let gap = relaxed(vec![step(0, b'a'), step(1, b'b'), Node::Gap(3), step(2, b'c')]);
    let gap = Pattern::new(gap);
    check(&gap, "a1 b3 c5", &["c5: 0a1 1b3 2c5"]);
    check(&gap, "a1 b3 c6", &["!c6: 0a1 1b3"]);
}

#[test]
fn a_partition_is_a_stream_of_its_own() {
    let pattern = Pattern { partition: true, ..words("^:a !:b") };
    check(&pattern, "a1/1 b2/2 a3/2 b4/1", &["b4/1: 0a1/1 1b4/1"]);
    // But time is everybody's.
    let timed = Pattern { partition: true, ..within(3, "^:a ~:b") };
    check(&timed, "a1/1 x4/2 b5/1", &["!x4/2: 0a1/1"]);
}

#[test]
fn conditions_on_what_is_bound() {
    let rising = kind(b'u').and(Condition::Value(Compare::Gt, Operand::Bound, 0));
    let loops = Node::Step(1, rising).repeat(2, 9, Stop::Each, Link::Relaxed);
    let pattern = Pattern::new(relaxed(vec![step(0, b'a'), loops]));
    check(&pattern, "a1=3 u2=4 u3=2 u4=9", &["u4=9: 0a1=3 1u2=4 1u4=9"]);
    // What is not bound is unknown, and the negation of that is unknown too.
    let unbound = Condition::Value(Compare::Gt, Operand::Last(7), 0);
    check(&Pattern::new(Node::Step(0, unbound.clone())), "a1", &[]);
    check(&Pattern::new(Node::Step(0, unbound.clone().negated())), "a1", &[]);
    check(
        &Pattern::new(Node::Step(0, Condition::Either(vec![unbound, kind(b'a')]))),
        "a1",
        &["a1: 0a1"],
    );
}

#[test]
fn an_event_under_test_counts_as_bound_to_its_step() {
    let third = Condition::Value(Compare::Eq, Operand::Count(0), 0);
    let pattern = Pattern::new(Node::Step(0, third).repeat(3, 3, Stop::Each, Link::Next));
    check(&pattern, "a1=1 a2=2 a3=3", &["a3=3: 0a1=1 0a2=2 0a3=3"]);
}

#[test]
fn a_condition_on_a_later_part_of_a_permutation_waits_for_it() {
    let same = kind(b's').and(Condition::Value(Compare::Eq, Operand::Last(0), 0));
    let pattern = Pattern::new(permute(vec![step(0, b'b'), Node::Step(1, same)]));
    check(&pattern, "b1=5 s2=4 s3=5", &["s3=5: 0b1=5 1s3=5"]);
    // The other way round: the buyer that comes must be the one that the seller asks for.
    check(&pattern, "s1=5 b2=4 b3=5", &["b3=5: 1s1=5 0b3=5"]);
}

#[test]
fn rounds_respect_what_lies_between_them() {
    let looped = |between| Node::Repeat {
        part: Box::new(step(0, b'a')),
        least: 2,
        most: 2,
        stop: Stop::Each,
        link: Link::Relaxed,
        between: vec![between],
    };
    let not = Node::Not(Absent::Between, kind(b'c'));
    check(&Pattern::new(looped(not)), "a1 c2 a3 a4", &["a4: 0a3 0a4"]);
    check(&Pattern::new(looped(Node::Gap(2))), "a1 a3 a4", &["!a3: 0a1", "a4: 0a3 0a4"]);
}

#[test]
fn selection() {
    let select = |selection| Pattern { selection, ..words("^:a *:b+") };
    let stream = "a1 x2 b3 b4 end4";
    check(&select(Selection::All), stream, &["b3: 0a1 1b3", "b4: 0a1 1b3 1b4", "b4: 0a1 1b4"]);
    check(&select(Selection::Next), stream, &["b3: 0a1 1b3", "b4: 0a1 1b3 1b4"]);
    check(&select(Selection::Strict), stream, &[]);
    check(&select(Selection::FirstPerStart), stream, &["b3: 0a1 1b3"]);
    // The longest is known when nothing can make it longer.
    check(&select(Selection::LongestPerStart), stream, &["end4: 0a1 1b3 1b4"]);
    let timed = Pattern { window: Window::time(9), ..select(Selection::LongestPerStart) };
    check(&timed, "a1 x2 b3 b4 w10", &["w10: 0a1 1b3 1b4"]);
    check(&timed, "a1 x2 w10", &["!w10: 0a1"]);
    // All that waits when its window closes is timed out, be it a match already or not.
    let all = Pattern { selection: Selection::All, ..timed };
    check(&all, "a1 b3 w10", &["b3: 0a1 1b3", "!w10: 0a1", "!w10: 0a1 1b3"]);
}

/// What both could take belongs to the greedy loop, or to what follows the reluctant one.
#[test]
fn greedy_and_reluctant_decide_at_each_event() {
    let meets_both = |stop| {
        let both = Node::Step(1, Condition::True).repeat(1, 9, stop, Link::Next);
        let parts =
            vec![(Link::Any, step(0, b'a')), (Link::Next, both), (Link::Next, step(2, b'b'))];
        Node::Sequence(parts)
    };
    let stream = "a1 b2 x3 b4 b5 end5";
    check(&Pattern::new(meets_both(Stop::Greedy)), stream, &[]);
    check(&Pattern::new(meets_both(Stop::Reluctant)), stream, &["b4: 0a1 1b2 1x3 2b4"]);
    let every = ["b4: 0a1 1b2 1x3 2b4", "b5: 0a1 1b2 1x3 1b4 2b5"];
    check(&Pattern::new(meets_both(Stop::Each)), stream, &every);
    // SQL's preference order tries the most, or the fewest, first.
    let preferred = |stop| {
        let pattern = Pattern::new(meets_both(stop));
        Pattern { selection: Selection::Preferred, ..pattern }
    };
    check(&preferred(Stop::Greedy), stream, &["end5: 0a1 1b2 1x3 1b4 2b5"]);
    check(&preferred(Stop::Reluctant), stream, &["b4: 0a1 1b2 1x3 2b4"]);
    // Nothing follows a loop at the end: each count is a match, and SQL prefers the most.
    let end = words("^:a !:b+gs");
    check(&end, "a1 b2 b3 x4", &["b2: 0a1 1b2", "b3: 0a1 1b2 1b3"]);
    let longest = Pattern { selection: Selection::Preferred, ..end };
    check(&longest, "a1 b2 b3 x4", &["x4: 0a1 1b2 1b3"]);
}

/// Under each skip a match waits for those that may start earlier.
#[test]
fn leftmost_holds_back_under_each_skip() {
    let either = Node::Either(vec![
        relaxed(vec![step(0, b'a'), step(1, b'c')]),
        relaxed(vec![step(2, b'b'), step(3, b'd')]),
    ]);
    for skip in [Skip::ToNext, Skip::PastLast, Skip::ToFirst(1), Skip::ToLast(3)] {
        let order = Order::Leftmost;
        let pattern =
            Pattern { skip, order, window: Window::time(9), ..Pattern::new(either.clone()) };
        check(&pattern, "a1 b2 d3 w10", &["!w10: 0a1", "w10: 2b2 3d3"]);
        let both: &[_] = match skip {
            Skip::PastLast | Skip::ToFirst(_) => &["c4: 0a1 1c4"],
            _ => &["c4: 0a1 1c4", "c4: 2b2 3d3"],
        };
        check(&pattern, "a1 b2 d3 c4", both);
    }
}

#[test]
fn skips() {
    let skip = |skip, order| Pattern { skip, order, ..words("^:a ~:b *:c") };
    let stream = "a1 a2 b3 a4 b5 c6 c7";
    let eager = |to| skip(to, Order::Eager);
    check(&eager(Skip::ToNext), stream, &["c6: 0a1 1b3 2c6", "c6: 0a2 1b3 2c6", "c6: 0a4 1b5 2c6"]);
    check(&eager(Skip::PastLast), stream, &["c6: 0a1 1b3 2c6"]);
    check(&eager(Skip::ToFirst(1)), stream, &["c6: 0a1 1b3 2c6", "c6: 0a4 1b5 2c6"]);
    check(&eager(Skip::ToLast(2)), stream, &["c6: 0a1 1b3 2c6"]);
}

#[test]
fn eager_and_leftmost() {
    // `a1 .. c9` completes last and starts first.
    let either = Node::Either(vec![
        relaxed(vec![step(0, b'a'), step(1, b'c')]),
        relaxed(vec![step(2, b'b'), step(3, b'b')]),
    ]);
    let skip = |order| Pattern { skip: Skip::PastLast, order, ..Pattern::new(either.clone()) };
    check(&skip(Order::Eager), "a1 b2 b3 c9", &["b3: 2b2 3b3"]);
    check(&skip(Order::Leftmost), "a1 b2 b3 c9", &["c9: 0a1 1c9"]);
    // Held back until the earlier start is out of the way.
    check(&skip(Order::Leftmost), "a1 b2 b3", &[]);
    check(&skip(Order::Leftmost), "a1 b2 b3 end3", &["end3: 2b2 3b3"]);
    let timed = Pattern { window: Window::time(5), ..skip(Order::Leftmost) };
    check(&timed, "a1 b2 b3 w6", &["!w6: 0a1", "w6: 2b2 3b3"]);
}

#[test]
fn consumption() {
    let consume = |consume| Pattern { consume, partition: true, ..words("^:a ~:b") };
    let stream = "a1/1 a2/2 b3/1 b4/2";
    let (first, second) = ("b3/1: 0a1/1 1b3/1", "b4/2: 0a2/2 1b4/2");
    check(&consume(Consume::None), stream, &[first, second]);
    check(&consume(Consume::Partition), stream, &[first, second]);
    check(&consume(Consume::All), stream, &[first]);
    // All that one event completes comes out; what it started goes too.
    let pattern = Pattern { consume: Consume::All, ..words("^:a ~:a") };
    check(&pattern, "a1 a2 a3 a4", &["a2: 0a1 1a2", "a4: 0a3 1a4"]);
}

#[test]
fn limit_counts_what_one_item_lets_out() {
    let pattern = Pattern { limit: Some(2), ..words("^:a ~:b") };
    check(&pattern, "a1 a2 a3 b4 a5 b6", &["b4: 0a1 1b4", "b4: 0a2 1b4", "b6: 0a5 1b6"]);
}
