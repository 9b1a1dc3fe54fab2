//! Every way to get a pattern wrong gives an error that says what and what to do.

mod common;

use common::{KIND, TIME, VALUE};
use tourbillon_cep::first::{
    AfterMatch, Condition, LimitError, Limits, Matcher, Pattern, PatternError, first, of, prev,
};

fn error(result: Result<Pattern<common::Event>, PatternError>) -> String {
    result.expect_err("a mistake").to_string()
}

fn builder() -> tourbillon_cep::first::Builder<common::Event> {
    Pattern::builder("p", TIME)
}

#[test]
fn structure() {
    assert_eq!(
        error(builder().within(5).build()),
        "pattern 'p' has no step; add one with `.step(name, condition)`"
    );
    assert_eq!(
        error(builder().step("a", KIND.eq(1)).build()),
        "pattern 'p' has no window, so a partial match could wait for ever; add `.within(time)`"
    );
    assert_eq!(
        error(builder().step("a", KIND.eq(1)).within(0).build()),
        "pattern 'p' has a window of 0, which no match fits; the bound is strict"
    );
    assert_eq!(
        error(builder().step("a", KIND.eq(1)).then("a", KIND.eq(1)).within(5).build()),
        "two steps are called 'a'; every step needs a name of its own"
    );
    let many = (0..64).fold(builder(), |b, i| b.then(&i.to_string(), KIND.eq(1)));
    assert_eq!(
        error(many.within(5).build()),
        "pattern 'p' has 64 steps, 63 is the most; split it in two"
    );
}

#[test]
fn references() {
    let two = |condition| builder().step("a", KIND.eq(1)).then("b", condition).within(5).build();
    assert_eq!(
        error(two(VALUE.gt(of("base", VALUE)))),
        "step 'b' reads step 'base', which does not exist; bound before it: a"
    );
    assert_eq!(
        error(two(VALUE.gt(of("b", VALUE)))),
        "step 'b' reads step 'b' before it can be bound; move the condition to a step after 'b'"
    );
    for wrong in [VALUE.gt(first(VALUE)), VALUE.gt(prev(VALUE))] {
        let text = error(builder().step("a", wrong).within(5).build());
        assert!(text.starts_with("step 'a' is the first and uses "), "{text}");
        assert!(text.ends_with("read the event's own field"), "{text}");
    }
}

#[test]
fn numbers() {
    let huge = (VALUE * i64::MAX).gt(1);
    let text = error(builder().step("a", huge).within(5).build());
    assert!(text.starts_with("step 'a' uses the number 9223372036854775807, beyond"), "{text}");
    // Hidden inside other conditions, it is found all the same.
    let nested = Condition::any_event().and((VALUE * i64::MAX).gt(1).negate().or(KIND.eq(1)));
    assert!(builder().step("a", nested).within(5).build().is_err());
    let largest = (VALUE * (1 << 59)).gt(u64::MAX);
    assert!(builder().step("a", largest).within(5).build().is_ok());
    let many = (0..65_i64).map(|i| VALUE.ne(i));
    let text = error(builder().step("a", Condition::All(many.collect())).within(5).build());
    assert!(text.contains("tests 65 different conditions"), "{text}");
}

#[test]
fn limits() {
    let pattern = builder().step("a", KIND.eq(1)).within(5).build().unwrap();
    let limits = Limits { runs: 0, ..Limits::default() };
    let error = Matcher::new(&pattern, limits).expect_err("no room for a run");
    assert!(matches!(error, LimitError::OutOfRange { limit: "runs", value: 0, .. }));
    assert_eq!(error.to_string(), "limit 'runs' is 0; it must lie in 1..=268435456");
}

#[test]
fn text_form() {
    let pattern = builder()
        .partition_by(common::KEY)
        .step("a", KIND.eq(1))
        .then("b", KIND.eq(1).and((VALUE * 1000).ge(of("a", VALUE) * 1002 - 5)))
        .then("c", VALUE.lt(prev(VALUE)).or((VALUE - first(VALUE)).ne(0).negate()))
        .within(50)
        .after_match(AfterMatch::PastLastLeftmost)
        .build()
        .unwrap();
    let expected = "\
MATCH_RECOGNIZE (
  PARTITION BY key
  ORDER BY time
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( a -> b -> c ) WITHIN 50
  DEFINE a AS kind = 1,
         b AS kind = 1 AND value * 1000 >= a.value * 1002 - 5,
         c AS value < prev(value) OR NOT (value - first(value) <> 0)
)";
    assert_eq!(pattern.to_string(), expected);
    assert_eq!(pattern.steps().collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn a_closure_that_panics_changes_nothing() {
    let fragile = Condition::opaque("fragile", |event: &common::Event| {
        assert_ne!(event.value, 13, "unlucky");
        true
    });
    let pattern = builder().step("a", KIND.eq(1)).then("b", fragile).within(50).build().unwrap();
    let event = |time, value, kind| common::Event { time, value, key: 0, kind, pad: [0; 3] };
    let events = [event(1, 5, 1), event(2, 13, 0), event(3, 6, 0)];
    let catch = |run: &mut dyn FnMut()| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err()
    };

    let mut matcher = Matcher::new(&pattern, Limits::default().with_batches()).unwrap();
    let mut found = Vec::new();
    matcher.push(0, &events[0], &mut |m| found.push(m.last()));
    assert!(catch(&mut || matcher.push(1, &events[1], &mut |m| found.push(m.last()))));
    matcher.push(2, &events[2], &mut |m| found.push(m.last()));
    assert_eq!(found, [2], "the match goes on as if the event had not come");

    let mut matcher = Matcher::new(&pattern, Limits::default().with_batches()).unwrap();
    assert!(catch(&mut || matcher.apply(0, &events).unwrap()));
    matcher.rollback();
    assert_eq!(matcher.live(), 0);
}
