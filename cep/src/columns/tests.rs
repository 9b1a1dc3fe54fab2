//! Columns against conditions worked out by hand, event by event.

use std::cell::RefCell;
use std::mem::offset_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytemuck::{Pod, Zeroable};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Columns, kernel};
use crate::comparison::Comparison;
use crate::ir::{Condition, Decimal, Expr, Ir, Node, Opaque, Place, Step, StepId};
use crate::schema::{FieldId, FieldType, Schema, SchemaField};

/// A field of each width and sign.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct Every {
    time: u64,
    i64: i64,
    u32: u32,
    i32: i32,
    u16: u16,
    i16: i16,
    u8: u8,
    i8: i8,
    number: u16,
}

/// How it is stored, where, and its value.
type Field = (FieldType, usize, fn(&Every) -> i128);

const FIELDS: [Field; 8] = [
    (FieldType::U64, offset_of!(Every, time), |it| it.time.into()),
    (FieldType::I64, offset_of!(Every, i64), |it| it.i64.into()),
    (FieldType::U32, offset_of!(Every, u32), |it| it.u32.into()),
    (FieldType::I32, offset_of!(Every, i32), |it| it.i32.into()),
    (FieldType::U16, offset_of!(Every, u16), |it| it.u16.into()),
    (FieldType::I16, offset_of!(Every, i16), |it| it.i16.into()),
    (FieldType::U8, offset_of!(Every, u8), |it| it.u8.into()),
    (FieldType::I8, offset_of!(Every, i8), |it| it.i8.into()),
];
const NAMES: [&str; 8] = ["time", "i64", "u32", "i32", "u16", "i16", "u8", "i8"];

const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

fn schema() -> Arc<Schema> {
    let mut builder = Schema::builder::<Every>("every");
    for (name, (stored, offset, _)) in NAMES.into_iter().zip(FIELDS) {
        builder = builder.field(SchemaField::new(name, stored, offset));
    }
    builder.time("time").build().expect("a sound schema")
}

/// A condition, as the test understands it. Fields are places in [`FIELDS`].
#[derive(Clone, Debug)]
enum Claim {
    Number(usize, Comparison, i128),
    Fields(usize, Comparison, usize),
    /// `2 * field - other`, compared with a number
    Sum(usize, usize, Comparison, i128),
    /// `field / other`, compared with 2; unknown over zero
    Ratio(usize, Comparison, usize),
    /// A closure: is the number of the event a multiple of this?
    Multiple(u16),
    All(Vec<Claim>),
    Any(Vec<Claim>),
    Not(Box<Claim>),
    /// Reads the event bound before.
    Earlier,
}

impl Claim {
    /// `None` is unknown; what reads earlier events counts as met.
    fn truth(&self, event: &Every) -> Option<bool> {
        let value = |field: &usize| FIELDS[*field].2(event);
        match self {
            Self::Number(field, comparison, number) => {
                Some(comparison.holds(value(field) - number))
            }
            Self::Fields(one, comparison, other) => {
                Some(comparison.holds(value(one) - value(other)))
            }
            Self::Sum(one, other, comparison, number) => {
                Some(comparison.holds(2 * value(one) - value(other) - number))
            }
            Self::Ratio(one, comparison, other) => {
                let (one, other) = (value(one), value(other));
                (other != 0).then(|| comparison.holds((one - 2 * other) * other.signum()))
            }
            Self::Multiple(of) => Some(event.number.is_multiple_of(*of)),
            Self::Not(part) => part.truth(event).map(|truth| !truth),
            Self::Earlier => Some(true),
            Self::All(parts) => decide(parts, event, false),
            Self::Any(parts) => decide(parts, event, true),
        }
    }

    fn condition(&self, schema: &Schema, closures: &Closures) -> Condition {
        let id = |field: &usize| schema.find(NAMES[*field]).expect("a field");
        let place = |place, field: FieldId| Expr::Field { place, field };
        let field = |field: &usize| place(Place::Current, id(field));
        let number = |number: i128| Expr::Number(Decimal::new(number, 0));
        let all = |parts: &[Self]| {
            parts.iter().map(|part| part.condition(schema, closures)).collect::<Vec<_>>()
        };
        let compare = |left, comparison: &Comparison, right| Condition::Compare {
            left,
            comparison: *comparison,
            right,
        };
        match self {
            Self::Number(one, comparison, by) => compare(field(one), comparison, number(*by)),
            Self::Fields(one, comparison, other) => compare(field(one), comparison, field(other)),
            Self::Sum(one, other, comparison, by) => {
                let twice = Expr::Product(vec![number(2), field(one)]);
                let sum = Expr::Sum(vec![twice, Expr::Negative(Box::new(field(other)))]);
                compare(sum, comparison, number(*by))
            }
            Self::Ratio(one, comparison, other) => {
                let ratio = Expr::Ratio(Box::new(field(one)), Box::new(field(other)));
                compare(ratio, comparison, number(2))
            }
            Self::Multiple(of) => Condition::Opaque(closures.multiple(*of)),
            Self::Not(part) => Condition::Not(Box::new(part.condition(schema, closures))),
            Self::Earlier => compare(
                place(Place::Previous(1), id(&1)),
                &Comparison::Less,
                place(Place::Current, id(&1)),
            ),
            Self::All(parts) => Condition::all(all(parts)),
            Self::Any(parts) => Condition::any(all(parts)),
        }
    }
}

fn decide(parts: &[Claim], event: &Every, decisive: bool) -> Option<bool> {
    let truths: Vec<_> = parts.iter().map(|part| part.truth(event)).collect();
    if truths.contains(&Some(decisive)) {
        return Some(decisive);
    }
    if truths.contains(&None) { None } else { Some(!decisive) }
}

/// A closure's divisor, the closure, and how often it was called for each event.
type Multiple = (u16, Opaque, Arc<[AtomicU32; 256]>);

/// One closure for each divisor.
#[derive(Default)]
struct Closures {
    made: RefCell<Vec<Multiple>>,
}

impl Closures {
    fn multiple(&self, of: u16) -> Opaque {
        let mut made = self.made.borrow_mut();
        if let Some((_, opaque, _)) = made.iter().find(|(known, ..)| *known == of) {
            return opaque.clone();
        }
        let calls = Arc::new([const { AtomicU32::new(0) }; 256]);
        let counted = Arc::clone(&calls);
        let opaque = Opaque::new("multiple", move |bytes| {
            let event: &Every = bytemuck::from_bytes(bytes);
            counted[usize::from(event.number)].fetch_add(1, Ordering::Relaxed);
            event.number.is_multiple_of(of)
        });
        made.push((of, opaque.clone(), calls));
        opaque
    }
}

fn ir(claims: &[Claim], schema: &Arc<Schema>, closures: &Closures) -> Ir {
    let step = |(at, claim): (usize, &Claim)| Step {
        name: format!("s{at}"),
        condition: claim.condition(schema, closures),
    };
    Ir {
        name: None,
        schema: Arc::clone(schema),
        partition_by: vec![],
        kinds: None,
        steps: claims.iter().enumerate().map(step).collect(),
        pattern: Node::Step(StepId::new(0)),
        window: crate::ir::Window::default(),
        selection: crate::ir::Selection::All,
        limit: None,
        skip: crate::ir::Skip::None,
        order: crate::ir::Order::Eager,
        consume: crate::ir::Consume::None,
        emit_timeouts: false,
        emit: crate::ir::Emit::Matches,
        measures: vec![],
    }
}

/// Numbers at and around the ends of every width, and small ones.
fn number() -> impl Strategy<Value = i128> {
    let ends = (prop::sample::select(vec![0, 7, 8, 15, 16, 31, 32, 63, 64]), -2..3_i128);
    prop_oneof![
        3 => -3..4_i128,
        2 => ends.clone().prop_map(|(bits, by)| (1 << bits) + by),
        1 => ends.prop_map(|(bits, by)| by - (1 << bits)),
    ]
}

fn claim() -> impl Strategy<Value = Claim> {
    let (field, comparison) = (0..8_usize, prop::sample::select(COMPARISONS.to_vec()));
    let narrow = 2..8_usize;
    let leaf = prop_oneof![
        8 => (field.clone(), comparison.clone(), number())
            .prop_map(|(field, by, number)| Claim::Number(field, by, number)),
        3 => (field.clone(), comparison.clone(), field.clone())
            .prop_map(|(one, by, other)| Claim::Fields(one, by, other)),
        2 => (field.clone(), field, comparison.clone(), number())
            .prop_map(|(one, other, by, number)| Claim::Sum(one, other, by, number)),
        1 => (narrow.clone(), comparison, narrow)
            .prop_map(|(one, by, other)| Claim::Ratio(one, by, other)),
        1 => (1..4_u16).prop_map(Claim::Multiple),
    ];
    let tree = leaf.prop_recursive(3, 12, 4, |part| {
        prop_oneof![
            vec(part.clone(), 0..4).prop_map(Claim::All),
            vec(part.clone(), 0..4).prop_map(Claim::Any),
            part.prop_map(|part| Claim::Not(Box::new(part))),
        ]
    });
    // Now and then with something that reads an earlier event, as a conjunct of its own.
    (tree, prop::bool::weighted(0.2)).prop_map(|(tree, earlier)| match earlier {
        true => Claim::All(vec![Claim::Earlier, tree]),
        false => tree,
    })
}

fn events() -> impl Strategy<Value = Vec<Every>> {
    let event = [(); 8].map(|()| number());
    let event = event.prop_map(|numbers| Every {
        time: numbers[0] as u64,
        i64: numbers[1] as i64,
        u32: numbers[2] as u32,
        i32: numbers[3] as i32,
        u16: numbers[4] as u16,
        i16: numbers[5] as i16,
        u8: numbers[6] as u8,
        i8: numbers[7] as i8,
        number: 0,
    });
    vec(event, 0..200).prop_map(|mut events| {
        for (at, event) in events.iter_mut().enumerate() {
            event.number = at as u16;
        }
        events
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn masks_are_the_conditions_of_each_event(
        claims in vec(claim(), 1..20),
        events in events(),
    ) {
        let (schema, closures) = (schema(), Closures::default());
        let ir = ir(&claims, &schema, &closures);
        let (conditions, numbers) = ir.conditions();
        let mut columns = Columns::<Every>::new(&ir, 200).expect("numbers that fit");
        columns.evaluate(&events);
        prop_assert_eq!(columns.masks().len(), events.len());
        for (at, event) in events.iter().enumerate() {
            prop_assert_eq!(columns.mask(at) >> conditions.len(), 0);
            for (claim, number) in claims.iter().zip(&numbers) {
                let met = columns.mask(at) >> number & 1 == 1;
                prop_assert_eq!(met, claim.truth(event) == Some(true), "{:?} {:?}", claim, event);
            }
        }
        for (_, _, calls) in &*closures.made.borrow() {
            prop_assert!(calls.iter().all(|calls| calls.load(Ordering::Relaxed) <= 1));
        }
    }

    #[test]
    fn transposing_turns_words_into_masks(words in vec(any::<u64>(), 0..=64)) {
        let mut masks = [u64::MAX; kernel::LANES];
        kernel::transpose(&words, &mut masks);
        for (event, mask) in masks.into_iter().enumerate() {
            let expected = words.iter().rev().fold(0, |all, word| all << 1 | word >> event & 1);
            prop_assert_eq!(mask, expected);
        }
    }
}

#[test]
fn closures_are_called_where_the_rest_holds_and_a_panic_leaves_no_masks() {
    let (schema, closures) = (schema(), Closures::default());
    let dear = Claim::All(vec![Claim::Multiple(2), Claim::Number(6, Comparison::Equal, 7)]);
    let mut ir = ir(&[dear.clone(), dear, Claim::Multiple(2)], &schema, &closures);
    ir.steps.truncate(2);
    let event = |at: u16| Every { number: at, u8: at as u8 % 10, ..Every::zeroed() };
    let events: Vec<_> = (0..100).map(event).collect();
    let mut columns = Columns::<Every>::new(&ir, 100).expect("numbers that fit");
    columns.evaluate(&events);
    let calls = |at: usize| closures.made.borrow()[0].2[at].load(Ordering::Relaxed);
    for at in 0..100 {
        assert_eq!(calls(at), u32::from(at % 10 == 7), "event {at}");
    }

    let panics = Opaque::new("panics", |_| panic!("by intent"));
    ir.steps[0].condition = Condition::Opaque(panics);
    let mut columns = Columns::<Every>::new(&ir, 100).expect("numbers that fit");
    let evaluate = || columns.evaluate(&events);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(evaluate)).is_err());
    assert_eq!(columns.masks(), [0_u64; 0]);
}
