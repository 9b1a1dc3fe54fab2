//! Whatever the tree, its text is read back as the same tree.

#![allow(missing_docs)]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tourbillon_cep::Comparison;
use tourbillon_cep::ir::{Consume, Contiguity, Decimal, Frame, Stop};
use tourbillon_cep::lang::ast::{
    Clause, Column, Columns, Definition, Derivation, Emit, Expr, File, Measure, Mode, Name,
    Pattern, Quantifier, Query, Scope, Select, Separator, Skip, Without,
};
use tourbillon_cep::lang::{Spanned, parse};

fn at<T>(node: T) -> Spanned<T> {
    Spanned { node, span: Default::default() }
}

/// Plain names, keywords, and names that need quotes.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z_][a-z0-9_]{0,3}",
        1 => prop::sample::select(vec!["PATTERN", "any", "not", "First", "last", "us", "GAP", "for"])
            .prop_map(str::to_owned),
        1 => "[ -~é]{0,4}",
    ]
}

fn name() -> impl Strategy<Value = Name> {
    word().prop_map(at)
}

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![0..2_000_u64, any::<u64>(), (0..100_u64).prop_map(|n| n * 60_000_000_000)]
}

fn contiguity() -> impl Strategy<Value = Contiguity> {
    prop::sample::select(vec![Contiguity::Strict, Contiguity::Next, Contiguity::Any])
}

fn mode() -> impl Strategy<Value = Mode> {
    let without =
        (any::<bool>(), name()).prop_map(|(strict, variable)| Without { strict, variable });
    prop_oneof![
        Just(Mode::default()),
        (contiguity(), option::of(time()), vec(without, 0..3)).prop_map(
            |(contiguity, gap, without)| Mode { contiguity: Some(contiguity), gap, without }
        ),
    ]
}

fn quantifier() -> impl Strategy<Value = Quantifier> {
    let stop = prop::sample::select(vec![Stop::Greedy, Stop::Reluctant, Stop::Each]);
    (0..4_u32, option::of(0..4_u32), stop).prop_map(|(least, more, stop)| Quantifier {
        least,
        most: more.map(|more| (least + more).max(1)),
        stop,
    })
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let leaf = prop_oneof![
        6 => word().prop_map(Pattern::Variable),
        1 => (name(), option::of(time()))
            .prop_map(|(variable, lasting)| Pattern::Not { variable, lasting }),
        1 => Just(Pattern::Start),
        1 => Just(Pattern::End),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let part = inner.prop_map(at).boxed();
        let separator = (contiguity(), option::of(time()))
            .prop_map(|(contiguity, gap)| Separator { contiguity, gap });
        let repeated = part.clone().prop_filter("repeatable", |part| {
            !matches!(part.node, Pattern::Not { .. } | Pattern::Start | Pattern::End)
        });
        prop_oneof![
            part.clone().prop_map(|part| Pattern::Exclusion(Box::new(part))),
            (vec(part.clone(), 1..4), mode())
                .prop_map(|(parts, mode)| Pattern::Permute(parts, mode)),
            (repeated, quantifier(), mode()).prop_map(|(body, quantifier, mode)| Pattern::Repeat {
                body: Box::new(body),
                quantifier,
                mode
            }),
            (part.clone(), vec((separator, part.clone()), 1..4))
                .prop_map(|(first, rest)| Pattern::Sequence { first: Box::new(first), rest }),
            vec(part, 2..4).prop_map(Pattern::Alternation),
        ]
    })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    prop::sample::select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual])
}

fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        (0..i128::from(i64::MAX), 0..6_u8).prop_map(|(d, s)| Expr::Number(Decimal::new(d, s))),
        time().prop_map(Expr::Duration),
        "[ -~é]{0,4}".prop_map(Expr::Text),
        any::<bool>().prop_map(Expr::Bool),
        word().prop_map(Expr::Name),
        (name(), name()).prop_map(|(variable, field)| Expr::Member(variable, field)),
        name().prop_map(Expr::AllOf),
    ];
    leaf.prop_recursive(5, 32, 4, |inner| {
        let part = inner.prop_map(at).boxed();
        let one = part.clone().prop_map(Box::new).boxed();
        let scope = option::of(prop::sample::select(vec![Scope::Final, Scope::Running]));
        let argument = prop_oneof![part.clone(), Just(at(Expr::Star))];
        let signed = (any::<bool>(), part.clone());
        prop_oneof![
            (scope, name(), vec(argument, 0..3)).prop_map(|(scope, function, arguments)| {
                Expr::Call { scope, function, arguments }
            }),
            one.clone().prop_map(Expr::Negative),
            one.clone().prop_map(Expr::Not),
            (one.clone(), vec(signed.clone(), 1..3))
                .prop_map(|(first, rest)| Expr::Sum { first, rest }),
            (one.clone(), vec(signed, 1..3))
                .prop_map(|(first, rest)| Expr::Product { first, rest }),
            (one.clone(), comparison(), one.clone())
                .prop_map(|(left, comparison, right)| Expr::Compare { left, comparison, right }),
            (any::<bool>(), one.clone(), one.clone(), one.clone()).prop_map(
                |(negated, value, low, high)| Expr::Between { negated, value, low, high }
            ),
            (any::<bool>(), one.clone())
                .prop_map(|(negated, value)| Expr::IsNull { negated, value }),
            (any::<bool>(), one, vec(part.clone(), 1..4))
                .prop_map(|(negated, value, list)| Expr::In { negated, value, list }),
            vec(part.clone(), 2..4).prop_map(Expr::And),
            vec(part, 2..4).prop_map(Expr::Or),
        ]
    })
}

fn clause() -> impl Strategy<Value = Clause> {
    let select = prop::sample::select(vec![Select::All, Select::First, Select::Longest]);
    let skip = prop_oneof![
        Just(Skip::None),
        Just(Skip::ToNext),
        Just(Skip::PastLast),
        name().prop_map(Skip::ToFirst),
        name().prop_map(Skip::ToLast),
    ];
    let measure = (expr(), name()).prop_map(|(value, name)| Measure { value: at(value), name });
    let definition = (name(), expr())
        .prop_map(|(variable, condition)| Definition { variable, condition: at(condition) });
    let kind = prop_oneof![
        word().prop_map(|kind| at(Expr::Text(kind))),
        (0..9_i128).prop_map(|kind| at(Expr::Number(Decimal::new(kind, 0)))),
    ];
    prop_oneof![
        vec(name(), 1..3).prop_map(Clause::PartitionBy),
        name().prop_map(Clause::OrderBy),
        vec(kind, 1..3).prop_map(Clause::Kinds),
        vec(measure, 1..3).prop_map(Clause::Measures),
        Just(Clause::OneRow),
        Just(Clause::AllRows),
        (select, option::of(any::<u64>()))
            .prop_map(|(select, limit)| Clause::Select(select, limit)),
        (skip, any::<bool>()).prop_map(|(skip, eager)| Clause::AfterMatch(skip, eager)),
        prop::sample::select(vec![Consume::None, Consume::Partition, Consume::All])
            .prop_map(Clause::Consume),
        pattern().prop_map(|pattern| Clause::Pattern(at(pattern))),
        time().prop_map(Clause::Within),
        any::<u64>().prop_map(Clause::WithinEvents),
        time().prop_map(Clause::Gap),
        vec((name(), vec(name(), 1..3)), 1..3).prop_map(Clause::Subset),
        vec(definition, 1..4).prop_map(Clause::Define),
        Just(Clause::OnTimeoutEmit),
        Just(Clause::Emit(Emit::Count)),
        (name(), name()).prop_map(|(variable, field)| Clause::Emit(Emit::Sum(variable, field))),
    ]
}

fn derivation() -> impl Strategy<Value = Derivation> {
    let frame = prop_oneof![
        any::<u64>().prop_map(Frame::Range),
        any::<u32>().prop_map(Frame::Rows),
        any::<u64>().prop_map(Frame::Tumble),
        any::<u64>().prop_map(Frame::TumbleRows),
    ];
    let call = (name(), vec(expr().prop_map(at), 0..3))
        .prop_map(|(function, arguments)| at(Expr::Call { scope: None, function, arguments }));
    let window = (vec(name(), 0..3), option::of(name()), option::of(frame.prop_map(at)));
    (name(), call, option::of(expr().prop_map(at)), window).prop_map(
        |(name, aggregate, filter, (partition_by, order_by, frame))| Derivation {
            name,
            aggregate,
            filter,
            partition_by,
            order_by,
            frame,
        },
    )
}

fn query() -> impl Strategy<Value = Query> {
    let column = (option::of(name()), name(), option::of(name()))
        .prop_map(|(of, column, name)| Column { of, column, name });
    let select = prop_oneof![Just(Columns::All), vec(column, 1..4).prop_map(Columns::Listed)];
    let around = (option::of(name()), option::of(select), option::of(name()));
    (around, name(), vec(derivation(), 0..3), vec(clause().prop_map(at), 0..6)).prop_map(
        |((name, select, alias), stream, derive, clauses)| Query {
            name,
            select,
            stream,
            derive,
            clauses,
            alias,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn printed_trees_are_read_back(queries in vec(query(), 1..3)) {
        let file = File { queries };
        let text = file.to_string();
        match parse("random", &text) {
            Ok(read) => prop_assert_eq!(read, file, "{}", text),
            Err(errors) => prop_assert!(false, "{}\n{}", text, errors),
        }
    }
}
