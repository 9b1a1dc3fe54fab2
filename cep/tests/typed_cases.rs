//! Random cases of the oracle as typed patterns, and those as texts that are read back.

mod oracle;

use std::sync::Arc;

use oracle::random::{Case, Features};
use oracle::typed::{schema, typed};
use tourbillon_cep::lang::{Code, compile};

const CASES: u64 = 5_000;

/// What the author of a text may not want, though the typed form can hold it.
const REFUSED: [Code; 7] =
    [Code::E110, Code::E120, Code::E122, Code::E123, Code::E124, Code::E130, Code::E140];

/// Without the clause that names conditions, whose order follows the numbers of the steps.
fn clauses(text: &str) -> &str {
    text.split("DEFINE").next().expect("there is always a first part")
}

#[test]
fn the_text_of_a_typed_case_says_the_same() {
    let schema = schema();
    let mut read = 0_u64;
    for seed in 0..CASES {
        let case = Case::new(seed, Features::ALL);
        let ir = typed(&case.pattern, &schema).expect("only what the typed form has");
        let text = ir.to_string();
        match compile("case", &text, &[Arc::clone(&schema)]) {
            Ok(compiled) => {
                read += 1;
                let again = compiled.patterns[0].ir.to_string();
                assert_eq!(clauses(&again), clauses(&text), "{case:#?}");
            }
            Err(diagnostics) => {
                let refused = |code| REFUSED.contains(&code) || !code.is_error();
                let codes = diagnostics.iter().map(|diagnostic| diagnostic.code);
                assert!({ codes }.all(refused), "{text}\n{diagnostics}");
            }
        }
    }
    assert!(read > CASES / 10, "{read} of {CASES} are read");
}
