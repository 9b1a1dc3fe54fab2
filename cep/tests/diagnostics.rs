//! What the author of a wrong text reads: each code, as it is printed, from `diagnostics/`.
//!
//! After a change of the messages, run the tests with `TOURBILLON_BLESS=1` and read what changed.

#![allow(missing_docs)]

#[path = "text/schemas.rs"]
mod schemas;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use schemas::schemas;
use tourbillon_cep::lang::{Code, Diagnostics, compile};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/diagnostics"));
    let entries = std::fs::read_dir(folder).expect("the folder of wrong texts");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut cases: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "sql")).collect();
    cases.sort();
    cases
}

fn diagnostics(path: &Path) -> Diagnostics {
    let name = path.file_name().expect("a name").to_string_lossy();
    let text = std::fs::read_to_string(path).expect("a text");
    match compile(&name, &text, &schemas()) {
        Ok(compiled) => compiled.warnings,
        Err(diagnostics) => diagnostics,
    }
}

#[test]
fn messages_are_as_recorded() {
    let bless = std::env::var_os("TOURBILLON_BLESS").is_some();
    let mut wrong = String::new();
    for path in cases() {
        let found = diagnostics(&path).to_string();
        let recorded = path.with_extension("txt");
        if bless {
            std::fs::write(&recorded, &found).expect("recorded");
        }
        let expected = std::fs::read_to_string(&recorded).unwrap_or_default();
        if found != expected {
            wrong += &format!("{}\nexpected:\n{expected}\nfound:\n{found}\n", path.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Each file is named after the codes that it shows, and no code is without one.
#[test]
fn every_code_is_shown() {
    let mut shown = BTreeSet::new();
    for path in cases() {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let codes: BTreeSet<_> = diagnostics(&path).iter().map(|found| found.code).collect();
        assert!(!codes.is_empty(), "{name} is right");
        if let Some(code) = Code::ALL.iter().find(|code| name.starts_with(code.as_str())) {
            assert_eq!(codes, BTreeSet::from([*code]), "{name}");
        }
        shown.extend(codes);
    }
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !shown.contains(code)).collect();
    assert!(missing.is_empty(), "no text shows {missing:?}");
}

/// The fields say what the rendering says, for those who render it themselves.
#[test]
fn fields_locate_the_mistake() {
    let text = "FROM stock MATCH_RECOGNIZE (\n\tPATTERN ( ä ) DEFINE ä AS prics > 1 )";
    let errors = compile("x.sql", text, &schemas()).expect_err("a mistake");
    assert_eq!(errors.len(), 1);
    let error = &errors[0];
    assert_eq!((error.code, error.line, error.column, error.width), (Code::E101, 2, 28, 5));
    assert_eq!(&text[error.span.start..error.span.end], "prics");
    assert_eq!(error.source, " PATTERN ( ä ) DEFINE ä AS prics > 1 )");
    assert_eq!(error.help, "did you mean 'price'?");
    assert_eq!(error.message, "unknown field 'prics'");
}
