//! What is said of a pattern from its form, against all the words that it stands for.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::ir::{Extent, Link, Node, StepId, StepSet, Stop};

const STEPS: usize = 6;
/// The steps from here on are only ever absent.
const BOUND: usize = 4;
/// Patterns with more words than this are left out.
const MOST_WORDS: usize = 3_000;

type Words = BTreeSet<Vec<StepId>>;

/// Every word of the one followed by every word of the other; `None` if there are too many.
fn concatenated(left: &Words, right: &Words) -> Option<Words> {
    if left.len() * right.len() > MOST_WORDS {
        return None;
    }
    Some(left.iter().flat_map(|a| right.iter().map(|b| [&a[..], b].concat())).collect())
}

/// The orders in which the steps can be bound; an unbounded repetition goes on for two more.
fn words(node: &Node) -> Option<Words> {
    Some(match node {
        // An absence is a letter of its own, which binds nothing.
        Node::Step(step) | Node::Absent { step, .. } => Words::from([vec![*step]]),
        Node::Sequence { first, rest } => {
            let mut all = words(first)?;
            for (_, node) in rest {
                all = concatenated(&all, &words(node)?)?;
            }
            all
        }
        Node::Alternation(parts) => {
            let parts: Option<Vec<_>> = parts.iter().map(words).collect();
            parts?.into_iter().flatten().collect()
        }
        Node::Permutation { parts, .. } => {
            let mut all = Words::new();
            for (at, part) in parts.iter().enumerate() {
                let mut rest = parts.clone();
                rest.remove(at);
                let link = Link::STRICT;
                let rest = match rest.len() {
                    0 => Words::from([vec![]]),
                    _ => words(&Node::Permutation { parts: rest, link })?,
                };
                all.extend(concatenated(&words(part)?, &rest)?);
            }
            all
        }
        Node::Repeat { body, least, most, .. } => {
            let round = words(body)?;
            let mut all = Words::new();
            let mut current = Words::from([vec![]]);
            for count in 0..=most.unwrap_or(least + 2) {
                if count >= *least {
                    all.extend(current.iter().cloned());
                }
                current = concatenated(&current, &round)?;
            }
            all
        }
    })
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = (0..STEPS).prop_map(StepId::new).prop_map(|step| {
        let extent = Extent::Between;
        if step.index() < BOUND { Node::Step(step) } else { Node::Absent { step, extent } }
    });
    leaf.prop_recursive(3, 8, 3, |inner| {
        let body = inner.clone().prop_filter("bodies bind something", |body| !body.can_be_empty());
        prop_oneof![
            (inner.clone(), vec(inner.clone(), 1..3)).prop_map(|(first, rest)| Node::Sequence {
                first: Box::new(first),
                rest: rest.into_iter().map(|node| (Link::STRICT, node)).collect(),
            }),
            vec(inner.clone(), 2..4).prop_map(Node::Alternation),
            vec(inner, 2..4).prop_map(|parts| Node::Permutation { parts, link: Link::STRICT }),
            (body, 0..3_u32, option::of(0..2_u32)).prop_map(|(body, least, more)| Node::Repeat {
                body: Box::new(body),
                least,
                most: more.map(|more| (least + more).max(1)),
                stop: Stop::Greedy,
                link: Link::STRICT,
            }),
        ]
    })
}

/// The steps that a word binds, in order.
fn bound(word: &[StepId]) -> Vec<StepId> {
    word.iter().copied().filter(|step| step.index() < BOUND).collect()
}

fn set<'a>(steps: impl IntoIterator<Item = &'a StepId>) -> StepSet {
    steps.into_iter().fold(StepSet::default(), |set, step| set.union(StepSet::of(*step)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn forms_are_as_their_words(node in node()) {
        let Some(words) = words(&node) else { return Ok(()) };
        let binding: Words = words.iter().map(|word| bound(word)).collect();
        prop_assert_eq!(node.can_be_empty(), binding.contains(&vec![]));
        prop_assert_eq!(node.bound(), set(binding.iter().flatten()));
        prop_assert_eq!(node.first_bound(), set(binding.iter().filter_map(|word| word.first())));
        let always = binding.iter().map(set).reduce(StepSet::intersection);
        prop_assert_eq!(node.always_bound(), always.unwrap_or_default());
        let mut before = vec![StepSet::default(); STEPS];
        for word in &words {
            for (at, step) in word.iter().enumerate() {
                let known = &mut before[step.index()];
                *known = known.union(set(&bound(&word[..at])));
            }
        }
        prop_assert_eq!(node.bound_before(STEPS), before);
    }
}
