//! What SQL's preference order comes to, worked out by hand: `PREFERRED MATCH PER START`.

mod oracle;

use oracle::typed::{Plain, schema};
use tourbillon_cep::forked::{Found, Limits, Matcher};
use tourbillon_cep::lang::compile;

/// Matches over events of these kinds (letters) one nanosecond apart, each as the places of its
/// events from 1, with the place of the event that let it out; `end` for the end of the stream.
fn rows(pattern: &str, kinds: &str) -> Vec<String> {
    let letters = "a AS kind = 97, b AS kind = 98, c AS kind = 99, ab AS kind < 99";
    let text = format!(
        "FROM plain MATCH_RECOGNIZE (
           PREFERRED MATCH PER START AFTER MATCH SKIP PAST LAST ROW
           PATTERN ( {pattern} ) WITHIN 100 NS DEFINE {letters} )"
    );
    let compiled = compile("preferred.sql", &text, &[schema()]).expect("a sound text");
    let ir = &compiled.patterns[0].ir;
    let mut matcher = Matcher::<Plain>::new(ir, Limits::default()).expect("a runnable pattern");
    let mut out = Vec::new();
    let mut give = |at: &str, found: &Found<'_, Plain>| {
        let steps = found.bindings().map(|(step, id, _)| format!("{}{id}", ir.step(step).name));
        out.push(format!("{} at {at}", steps.collect::<Vec<_>>().join(" ")));
    };
    for (at, kind) in (1..).zip(kinds.bytes()) {
        let event = Plain { time: at, value: 0, key: 0, kind: kind.into() };
        let mut sink = |found: &Found<'_, Plain>| give(&at.to_string(), found);
        matcher.push(at, &event, &mut sink).expect("room");
    }
    matcher.finish(&mut |found| give("end", found)).expect("room");
    out
}

#[test]
fn greedy_takes_all_it_can_and_gives_back_what_it_must() {
    assert_eq!(rows("a x* c", "abcbcb"), ["a1 x2 x3 x4 c5 at end"]);
    assert_eq!(rows("a ab+ b c", "aabbc"), ["a1 ab2 ab3 b4 c5 at 5"]);
    assert_eq!(rows("a b+ b c", "abc"), [""; 0]);
    assert_eq!(rows("a b{1,2} ab c", "abbc"), ["a1 b2 ab3 c4 at 4"]);
}

#[test]
fn a_loop_at_the_end_is_out_when_it_cannot_go_on() {
    assert_eq!(rows("a b+", "abbcab"), ["a1 b2 b3 at 4", "a5 b6 at end"]);
    assert_eq!(rows("a b?", "abac"), ["a1 b2 at 2", "a3 at 4"]);
    assert_eq!(rows("a b{1,2}", "abbb"), ["a1 b2 b3 at 3"]);
    // A second round that comes to nothing is given back.
    assert_eq!(rows("a (b c)+", "abcba"), ["a1 b2 c3 at 5"]);
}

#[test]
fn reluctant_leaves_as_soon_as_it_can() {
    assert_eq!(rows("a b+?", "abbb"), ["a1 b2 at 2"]);
    assert_eq!(rows("a x*? c", "abcbc"), ["a1 x2 c3 at 3"]);
    assert_eq!(rows("a ab+? b c", "aabbc"), ["a1 ab2 ab3 b4 c5 at 5"]);
    assert_eq!(rows("a b??", "ab"), ["a1 at 1"]);
}

#[test]
fn what_stands_first_is_preferred() {
    assert_eq!(rows("a | a b", "ab"), ["a1 at 1"]);
    assert_eq!(rows("a b | a", "aab"), ["a1 at 2", "a2 b3 at 3"]);
    assert_eq!(rows("a (b | ab) c", "abc"), ["a1 b2 c3 at 3"]);
    assert_eq!(rows("a (ab | b) c", "abc"), ["a1 ab2 c3 at 3"]);
    assert_eq!(rows("PERMUTE(ab, b)", "bb"), ["ab1 b2 at 2"]);
    assert_eq!(rows("PERMUTE(b, ab)", "bb"), ["b1 ab2 at 2"]);
}
