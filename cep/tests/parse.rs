//! Texts that are read and resolved, and back; and texts that are not, without a panic.

#![allow(missing_docs)]

#[path = "text/schemas.rs"]
mod schemas;

use std::path::Path;

use proptest::prelude::*;
use schemas::schemas;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::{Compiled, compile, parse};

/// Every text in `text/` and every pattern for users, by name.
fn texts() -> Vec<(String, String)> {
    let folders = ["tests/text", "patterns"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts: Vec<_> = folders
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).expect("a folder of texts"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("a text"))
        })
        .collect();
    texts.sort();
    assert!(texts.len() > 20, "the texts are gone");
    texts
}

fn compiled(name: &str, text: &str) -> Compiled {
    compile(name, text, &schemas()).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

fn irs(name: &str, text: &str) -> Vec<Ir> {
    compiled(name, text).patterns.into_iter().map(|pattern| pattern.ir).collect()
}

#[test]
fn texts_resolve_and_print_as_texts_that_resolve_to_the_same() {
    let schemas = schemas();
    for (name, text) in texts() {
        let first = compile(&name, &text, &schemas).unwrap_or_else(|errors| panic!("{errors}"));
        for pattern in first.patterns {
            let printed = pattern.ir.to_string();
            let again = compile(&name, &printed, &schemas)
                .unwrap_or_else(|errors| panic!("{printed}\n{errors}"));
            assert_eq!(again.patterns[0].ir, pattern.ir, "{printed}");
            assert_eq!(again.patterns[0].ir.to_string(), printed);
            let tree = parse(&name, &printed).expect("read before");
            assert_eq!(parse(&name, &tree.to_string()), Ok(tree));
        }
    }
}

#[test]
fn spans_lead_back_to_the_text() {
    for (name, text) in texts() {
        for pattern in compiled(&name, &text).patterns {
            let shown = |span: &tourbillon_cep::lang::Span| &text[span.start..span.end];
            let (ir, spans) = (&pattern.ir, &pattern.spans);
            for (step, span) in ir.steps.iter().zip(&spans.steps) {
                assert_eq!(shown(span), step.name);
            }
            for (step, places) in ir.steps.iter().zip(&spans.conditions) {
                let parts = step.condition.conjuncts().len();
                assert!(
                    places.len() == parts || (parts == 0 && places.len() == 1),
                    "{}",
                    step.name
                );
            }
            assert_eq!(spans.measures.len(), ir.measures.len());
        }
    }
}

/// Partial matches can be shared where no condition reads an earlier event.
#[test]
fn what_conditions_read_decides_what_can_be_shared() {
    for (name, text) in texts() {
        let runs = ["momentum_ignition", "spoofing", "wash_trade", "spike", "iceberg", "no_fill"];
        if name == "everything" {
            continue;
        }
        for ir in irs(&name, &text) {
            assert_eq!(ir.needs_runs().is_some(), runs.contains(&name.as_str()), "{name}");
        }
    }
}

#[test]
fn the_steps_that_never_come_are_warned_of() {
    for (name, text) in texts() {
        let never = ["q6", "q7", "q8", "q9", "q10"].contains(&name.as_str());
        let warnings = compiled(&name, &text).warnings;
        let codes: Vec<_> = warnings.iter().map(|warning| warning.code.as_str()).collect();
        match name.as_str() {
            _ if never => assert_eq!(codes, ["W201", "W201"], "{name}"),
            "iceberg" => assert_eq!(codes, ["W210"]),
            _ => assert!(codes.is_empty(), "{name}: {warnings}"),
        }
    }
}

/// Without arrows a pattern is SQL's, and rows of a repetition are neighbours.
#[test]
fn repetitions_skip_where_there_are_arrows() {
    let pattern = |text: &str| {
        let text = format!("FROM mkt MATCH_RECOGNIZE ( PATTERN ( {text} ) WITHIN 1 S )");
        irs("test", &text).remove(0).pattern
    };
    assert_eq!(pattern("a b+ c"), pattern("a (b+ STRICT) c"));
    assert_eq!(pattern("a -> b+ c"), pattern("a -> b+ RELAXED c"));
    assert_ne!(pattern("a -> b+ c"), pattern("a -> b+ STRICT c"));
    assert_eq!(pattern("PERMUTE(a, b)"), pattern("PERMUTE(a, b) STRICT"));
    assert_eq!(pattern("a (b c) -> (d)"), pattern("a b c -> d"));
    assert_eq!(pattern("(a | (b | c))"), pattern("a | b | c"));
    assert_eq!(pattern("a -> (NOT b -> c){1}"), pattern("a -> NOT b -> c"));
    assert_eq!(pattern("a{1} b{0,1}"), pattern("a b?"));
    assert_eq!(pattern("a -> PERMUTE(b -> c) (d e){1} f"), pattern("a -> b -> c d e f"));
}

/// Where rows are neighbours the row before is the one bound before, except at the first.
#[test]
fn previous_rows() {
    let conditions = |pattern: &str, condition: &str| {
        let text = format!(
            "FROM mkt MATCH_RECOGNIZE ( PATTERN ( {pattern} ) WITHIN 1 S DEFINE b AS {condition} )"
        );
        irs("test", &text).remove(0).steps.pop().expect("a step").condition
    };
    assert_eq!(conditions("b+", "price > PREV(price)"), conditions("b+", "price > LAG(price)"));
    assert_eq!(conditions("a b", "qty > PREV(qty, 2)"), conditions("a b", "qty > LAG(qty, 2)"));
    assert_ne!(conditions("a b", "price > PREV(price)"), conditions("a b", "price > LAG(price)"));
    assert_ne!(
        conditions("a -> b", "qty > PREV(qty, 2)"),
        conditions("a -> b", "qty > LAG(qty, 2)")
    );
    assert!(!conditions("a -> b", "price > LAG(price)").reads().earlier);
    assert_eq!(conditions("a -> b", "price > LAG(price, 4)").reads().rows, 4);
    assert!(conditions("a b", "price > PREV(price)").reads().earlier);
}

fn reads_without_panic(text: &str) {
    let compile = |text: &str| compile("fuzz", text, &schemas());
    match compile(text) {
        Ok(compiled) => {
            for pattern in compiled.patterns {
                let printed = pattern.ir.to_string();
                let again = compile(&printed).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
                assert_eq!(again.patterns[0].ir, pattern.ir, "{text}\n{printed}");
            }
        }
        Err(diagnostics) => {
            assert!(diagnostics.has_errors());
            assert!(!diagnostics.to_string().is_empty());
        }
    }
}

#[test]
fn depth_is_bounded_by_an_error() {
    let query = |pattern: &str, condition: &str| {
        format!("FROM mkt MATCH_RECOGNIZE ( PATTERN ( {pattern} ) DEFINE a AS {condition} )")
    };
    let many = 200_000;
    for (open, close) in [("(", ")"), ("{-", "-}"), ("PERMUTE(", ")")] {
        let text = query(&format!("{}a{}", open.repeat(many), close.repeat(many)), "TRUE");
        assert!(parse("deep", &text).expect_err("too deep")[0].code.as_str() == "E004", "{open}");
    }
    for open in ["(", "NOT ", "- ", "COUNT("] {
        let text = query("a", &format!("{}1", open.repeat(many)));
        assert!(parse("deep", &text).expect_err("too deep")[0].code.as_str() == "E004", "{open}");
    }
    // Lists are flat: long is not deep.
    for word in [" AND ", " OR "] {
        reads_without_panic(&query("a", &vec!["price > 1"; many / 10].join(word)));
    }
    for symbol in ["+", "-", "*", "/"] {
        reads_without_panic(&query("a", &format!("1 > {}", vec!["qty"; many / 10].join(symbol))));
    }
    reads_without_panic(&query(&"a ".repeat(many), "TRUE"));
    reads_without_panic(&query(&vec!["a"; many].join("|"), "TRUE"));
}

/// Words that make up texts, so that random texts get past the first.
const WORDS: &str = "PATTERN FROM mkt MATCH_RECOGNIZE ( ) ( ) PARTITION BY sym MEASURES AS DEFINE \
    a b c , a b c -> ->> | * + ? { } 3 NOT FOR 10 MS WITHIN GAP EVENTS PERMUTE AND OR IN BETWEEN \
    price qty side 'B' = < > + - . PREV FIRST LAST SUM COUNT AVG AFTER MATCH SKIP PAST LAST ROW TO \
    NEXT ALL MATCHES LIMIT ; CONSUME ON TIMEOUT EMIT STRICT ANY EACH EAGER WITHOUT LAG KINDS ^ $ {- -} SUBSET TRUE 1e9 \" '";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn random_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        reads_without_panic(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_words_do_not_panic(picks in proptest::collection::vec(any::<u16>(), 0..80)) {
        let words: Vec<_> = WORDS.split_whitespace().collect();
        let text: Vec<_> = picks.iter().map(|pick| words[usize::from(*pick) % words.len()]).collect();
        reads_without_panic(&format!("FROM mkt MATCH_RECOGNIZE ( {}", text.join(" ")));
    }

    /// Cut, repeat and replace parts of good texts.
    #[test]
    fn mutated_texts_do_not_panic(
        pick in any::<u16>(),
        edits in proptest::collection::vec((any::<u16>(), any::<u16>(), 0..12_usize, any::<char>()), 1..5),
    ) {
        let texts = texts();
        let mut text: Vec<char> = texts[usize::from(pick) % texts.len()].1.chars().collect();
        for (at, from, length, with) in edits {
            let at = usize::from(at) % text.len().max(1);
            let end = (at + length).min(text.len());
            let from = usize::from(from) % text.len().max(1);
            let insert = match length % 3 {
                0 => vec![],
                1 => vec![with],
                _ => text[from..(from + length).min(text.len())].to_vec(),
            };
            text.splice(at..end, insert);
        }
        reads_without_panic(&text.into_iter().collect::<String>());
    }
}

#[test]
fn select_chooses_and_names_what_comes_out() {
    let query = |select: &str, measures: &str, alias: &str| {
        format!(
            "{select} FROM mkt MATCH_RECOGNIZE (
               PARTITION BY sym ORDER BY ts MEASURES {measures}
               ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW
               PATTERN ( low high+ ) WITHIN 1 S
               DEFINE high AS high.price > PREV(high.price) ) {alias};"
        )
    };
    let (from, top) = ("low.price AS \"from\"", "LAST(high.price) AS top");
    let both = format!("{from}, {top}");
    let same = |left: String, right: String| {
        assert_eq!(irs("select.sql", &left), irs("select.sql", &right), "{left}");
    };
    let plain = |measures: &str| query("PATTERN t", measures, "");
    same(query("SELECT top, t.\"from\"", &both, "AS t"), plain(&format!("{top}, {from}")));
    same(query("SELECT t.top", &both, "t"), plain(top));
    same(query("SELECT top AS peak", &both, "t"), plain("LAST(high.price) AS peak"));
    same(query("SELECT *", &both, "t"), plain(&format!("FIRST(sym) AS sym, {both}")));
    let key = plain(&format!("FIRST(sym) AS key, {top}"));
    same(query("SELECT t.sym AS key, top", &both, "t"), key);
    same(query("PATTERN t SELECT top", &both, "AS other"), plain(top));
    let two = query("SELECT top", &both, "AS t1") + &query("SELECT top", &both, "AS t2");
    assert_eq!(irs("select.sql", &two).len(), 2);
}
