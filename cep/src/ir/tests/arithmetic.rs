//! Linear forms say what the expressions say; contradictions are contradictions.

use proptest::collection::vec;
use proptest::prelude::*;

use super::schema;
use crate::comparison::Comparison;
use crate::ir::{
    Aggregate, Condition, Decimal, Expr, Linear, Operand, Place, StepId, TooLarge, check_magnitude,
};
use crate::schema::FieldId;

/// A fraction, its denominator positive; small numbers only.
type Fraction = (i128, i128);

fn lowest((numerator, denominator): Fraction) -> Fraction {
    let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let common = a.max(1) as i128 * denominator.signum();
    (numerator / common, denominator / common)
}

/// The value, given what the fields store. The one place here that knows what decimals mean.
fn evaluate(expr: &Expr, stored: &impl Fn(Operand) -> i128) -> Fraction {
    let read = |operand: Operand, name: &str| {
        let unit = match name {
            "cents" => 100,
            "mills" => 1_000,
            _ => 1,
        };
        (stored(operand), unit)
    };
    let schema = schema();
    let value = match expr {
        Expr::Number(number) => (number.digits(), 10_i128.pow(number.scale().into())),
        Expr::Field { place, field } => {
            read(Operand::Field(*place, *field), schema.field(*field).name())
        }
        Expr::Aggregate { aggregate, over } => {
            let name = aggregate.field().map_or("", |field| schema.field(field).name());
            read(Operand::Aggregate(*aggregate, *over), name)
        }
        Expr::Sum(parts) => parts.iter().fold((0, 1), |(a, b), part| {
            let (c, d) = evaluate(part, stored);
            lowest((a * d + c * b, b * d))
        }),
        Expr::Product(parts) => parts.iter().fold((1, 1), |(a, b), part| {
            let (c, d) = evaluate(part, stored);
            lowest((a * c, b * d))
        }),
        Expr::Negative(inner) => {
            let (a, b) = evaluate(inner, stored);
            (-a, b)
        }
        Expr::Ratio(dividend, divisor) => {
            let ((a, b), (c, d)) = (evaluate(dividend, stored), evaluate(divisor, stored));
            (a * d, b * c)
        }
        other => unreachable!("{other:?} is not linear"),
    };
    lowest(value)
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    prop::sample::select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual])
}

fn number() -> impl Strategy<Value = Expr> {
    (-50..50_i128, 0..3_u8).prop_map(|(digits, scale)| Expr::Number(Decimal::new(digits, scale)))
}

fn field(name: &str, place: Place) -> Expr {
    Expr::Field { place, field: schema().find(name).expect("a field") }
}

fn linear() -> impl Strategy<Value = Expr> {
    let cents = schema().find("cents").expect("a field");
    let step = StepId::new(3);
    let leaf = prop_oneof![
        number(),
        prop::sample::select(vec![
            field("cents", Place::Current),
            field("cents", Place::Last(step, 0)),
            field("count", Place::Previous(1)),
            field("mills", Place::Current),
            Expr::Aggregate { aggregate: Aggregate::Sum(cents), over: Some(step) },
            Expr::Aggregate { aggregate: Aggregate::Count, over: None },
        ]),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let nonzero = number().prop_filter("a divisor", |n| *n != Expr::Number(Decimal::default()));
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Expr::Sum),
            inner.clone().prop_map(|inner| Expr::Negative(Box::new(inner))),
            (number(), inner.clone()).prop_map(|(n, inner)| Expr::Product(vec![n, inner])),
            (inner, nonzero).prop_map(|(a, b)| Expr::Ratio(Box::new(a), Box::new(b))),
        ]
    })
}

proptest! {
    /// Whatever is stored, and whatever the decimals, nothing is rounded.
    #[test]
    fn linear_forms_are_exact(
        left in linear(), comparison in comparison(), right in linear(), values in vec(-20..20_i128, 6),
    ) {
        let form = Linear::of(&left, comparison, &right, &schema()).expect("small numbers");
        let form = form.expect("a linear form");
        let stored = |operand: Operand| match operand {
            Operand::Field(place, id) => {
                let name = schema().field(id).name().len();
                values[(name + usize::from(place == Place::Current)) % 4]
            }
            Operand::Aggregate(Aggregate::Count, _) => values[4],
            Operand::Aggregate(..) => values[5],
        };
        let ((a, b), (c, d)) = (evaluate(&left, &stored), evaluate(&right, &stored));
        let expected = comparison.holds(a * d - c * b);
        let sum = form.terms.iter().map(|term| term.factor * stored(term.operand)).sum::<i128>();
        prop_assert_eq!(comparison, form.comparison);
        prop_assert_eq!(form.comparison.holds(sum + form.constant), expected, "{:?}", form);
        prop_assert!(form.terms.iter().all(|term| term.factor != 0));
    }

    /// A condition on one byte is called impossible only if no byte meets it; and every
    /// contradiction within a conjunction is found.
    #[test]
    fn never_is_never(
        parts in vec((comparison(), -3..3_i64, -300..600_i64, any::<bool>()), 1..4),
        any_of in any::<bool>(), signed in any::<bool>(),
    ) {
        let name = if signed { "signed" } else { "small" };
        let compare = |(comparison, factor, constant, negated): &(Comparison, i64, i64, bool)| {
            let number = |n: i64| Expr::Number(Decimal::from(n));
            let left = Expr::Product(vec![number(*factor), field(name, Place::Current)]);
            let compare = Condition::Compare { left, comparison: *comparison, right: number(*constant) };
            if *negated { Condition::Not(Box::new(compare)) } else { compare }
        };
        let conditions: Vec<_> = parts.iter().map(compare).collect();
        let condition = if any_of { Condition::any(conditions) } else { Condition::all(conditions) };
        let range = if signed { -128..128_i64 } else { 0..256_i64 };
        let meets = |value: i64| {
            let holds = |(comparison, factor, constant, negated): &(Comparison, i64, i64, bool)| {
                comparison.holds(i128::from(factor * value - constant)) != *negated
            };
            if any_of { parts.iter().any(holds) } else { parts.iter().all(holds) }
        };
        let possible = range.clone().any(meets);
        let never = condition.is_never(&schema());
        prop_assert!(!(never && possible));
        let plain = parts.iter().all(|(c, .., negated)| !negated && *c != Comparison::NotEqual);
        if plain && !any_of {
            prop_assert_eq!(never, !possible);
        }
    }
}

#[test]
fn solutions_are_all_that_solves() {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    for comparison in [Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual] {
        for (factor, constant) in (-4..=4).flat_map(|f| (-9..=9).map(move |c| (f, c))) {
            if factor == 0 {
                continue;
            }
            let (least, most) = comparison.solve(factor, constant);
            for x in -12..=12 {
                let solves = comparison.holds(factor * x + constant);
                let inside = (least..=most).contains(&x);
                assert_eq!(
                    inside != (comparison == NotEqual),
                    solves,
                    "{factor} * {x} + {constant}"
                );
            }
        }
    }
}

#[test]
fn what_is_not_linear_has_no_form() {
    let schema = schema();
    let (cents, count) = (field("cents", Place::Current), field("count", Place::Current));
    let form = |left: &Expr| Linear::of(left, Comparison::Less, &count, &schema);
    let ratio = |a: &Expr, b: &Expr| Expr::Ratio(Box::new(a.clone()), Box::new(b.clone()));
    assert_eq!(form(&Expr::Product(vec![cents.clone(), count.clone()])), Ok(None));
    assert_eq!(form(&ratio(&cents, &count)), Ok(None));
    assert_eq!(form(&ratio(&cents, &Expr::Number(Decimal::default()))), Ok(None));
    assert_eq!(form(&field("float", Place::Current)), Ok(None));
    let of_cents = |aggregate: fn(FieldId) -> Aggregate, over| {
        let aggregate = aggregate(schema.find("cents").expect("a field"));
        Expr::Aggregate { aggregate, over }
    };
    let mean = of_cents(Aggregate::Avg, None);
    assert_eq!(form(&mean), Ok(None));
    // Averages over other events, or together with a sum, cannot be multiplied by one number.
    let two = Expr::Number(Decimal::new(2, 0));
    let of_number = |left| Linear::of(&left, Comparison::Less, &two, &schema);
    let other = of_cents(Aggregate::Avg, Some(StepId::new(0)));
    assert_eq!(of_number(Expr::Sum(vec![mean.clone(), other])), Ok(None));
    let sum = of_cents(Aggregate::Sum, None);
    assert_eq!(of_number(Expr::Sum(vec![mean.clone(), sum.clone()])), Ok(None));
    let counted = Expr::Aggregate { aggregate: Aggregate::Count, over: None };
    let doubled = Expr::Product(vec![two.clone(), counted]);
    assert_eq!(of_number(mean), Linear::of(&sum, Comparison::Less, &doubled, &schema));
    let huge = Expr::Number(Decimal::new(1 << 70, 0));
    assert_eq!(form(&Expr::Product(vec![huge, cents.clone()])), Err(TooLarge));
    // Two 64-bit fields can be multiplied, three cannot.
    let zero = Expr::Number(Decimal::default());
    let square = Expr::Product(vec![cents.clone(), count.clone()]);
    assert_eq!(check_magnitude(&square, &zero, &schema), Ok(()));
    let cube = Expr::Product(vec![cents.clone(), cents.clone(), cents]);
    assert_eq!(check_magnitude(&cube, &zero, &schema), Err(TooLarge));
}
