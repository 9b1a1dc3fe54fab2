//! What is said to fit 128 bits does, for the largest and smallest fields there are.

use proptest::collection::vec;
use proptest::prelude::*;

use super::schema;
use crate::ir::{Decimal, Expr, Place, check_magnitude};

/// `numerator / (denominator * 10^scale)`
type Value = (i128, i128, u32);

fn rescaled((numerator, denominator, scale): Value, to: u32) -> Option<Value> {
    Some((numerator.checked_mul(10_i128.checked_pow(to - scale)?)?, denominator, to))
}

fn times(left: Value, right: Value) -> Option<Value> {
    let numerator = left.0.checked_mul(right.0)?;
    Some((numerator, left.1.checked_mul(right.1)?, left.2 + right.2))
}

fn plus(left: Value, right: Value) -> Option<Value> {
    let scale = left.2.max(right.2);
    let ((a, b, _), (c, d, _)) = (rescaled(left, scale)?, rescaled(right, scale)?);
    let sum = a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?;
    Some((sum, b.checked_mul(d)?, scale))
}

/// The value without any common factor taken out; `None` if it does not fit.
fn evaluate(expr: &Expr, stored: i128) -> Option<Value> {
    match expr {
        Expr::Number(number) => Some((number.digits(), 1, number.scale().into())),
        Expr::Field { field, .. } => {
            let (least, most) = schema().range(*field)?;
            let scale = schema().field(*field).scale();
            Some((stored.clamp(least, most), 1, scale.into()))
        }
        Expr::Sum(parts) => {
            let mut parts = parts.iter().map(|part| evaluate(part, stored));
            let first = parts.next()??;
            parts.try_fold(first, |sum, part| plus(sum, part?))
        }
        Expr::Product(parts) => {
            let mut parts = parts.iter().map(|part| evaluate(part, stored));
            let first = parts.next()??;
            parts.try_fold(first, |product, part| times(product, part?))
        }
        Expr::Negative(inner) => times((-1, 1, 0), evaluate(inner, stored)?),
        Expr::Ratio(dividend, divisor) => {
            let (numerator, denominator, scale) = evaluate(divisor, stored)?;
            let over = denominator.checked_mul(10_i128.checked_pow(scale)?)?;
            times(evaluate(dividend, stored)?, (over, numerator, 0))
        }
        other => unreachable!("{other:?} is not generated"),
    }
}

fn compares(left: &Expr, right: &Expr, stored: i128) -> Option<i128> {
    let (left, right) = (evaluate(left, stored)?, evaluate(right, stored)?);
    let scale = left.2.max(right.2);
    let ((a, b, _), (c, d, _)) = (rescaled(left, scale)?, rescaled(right, scale)?);
    a.checked_mul(d)?.checked_sub(c.checked_mul(b)?)
}

fn expr() -> impl Strategy<Value = Expr> {
    let field = |name: &str| Expr::Field {
        place: Place::Current,
        field: schema().find(name).expect("a field"),
    };
    let leaf = prop_oneof![
        (1..i128::from(u32::MAX), 0..12_u8).prop_map(|(d, s)| Expr::Number(Decimal::new(d, s))),
        prop::sample::select(vec![field("cents"), field("count"), field("mills"), field("small")]),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Expr::Sum),
            vec(inner.clone(), 2..4).prop_map(Expr::Product),
            inner.clone().prop_map(|inner| Expr::Negative(Box::new(inner))),
            (inner.clone(), inner).prop_map(|(a, b)| Expr::Ratio(Box::new(a), Box::new(b))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn what_is_let_through_fits(left in expr(), right in expr()) {
        let fits = |stored| compares(&left, &right, stored).is_some();
        if check_magnitude(&left, &right, &schema()).is_ok() {
            prop_assert!(fits(i128::MAX) && fits(i128::MIN) && fits(0));
        }
    }
}

/// The bound is not so careful that it refuses what traders write.
#[test]
fn notional_values_are_let_through() {
    let field = |name: &str| Expr::Field {
        place: Place::Current,
        field: schema().find(name).expect("a field"),
    };
    let number = |text: &str| Expr::Number(Decimal::parse(text).expect("a number"));
    let notional = Expr::Product(vec![field("cents"), field("count")]);
    let scaled = Expr::Product(vec![number("1.05"), field("cents"), field("count")]);
    assert!(check_magnitude(&notional, &number("1000000.01"), &schema()).is_ok());
    assert!(check_magnitude(&notional, &scaled, &schema()).is_ok());
    let mean = Expr::Ratio(Box::new(field("cents")), Box::new(field("count")));
    assert!(check_magnitude(&mean, &number("0.005"), &schema()).is_ok());
}
