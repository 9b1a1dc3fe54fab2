//! Words of the language, and identifiers that must not be mistaken for them.

use std::fmt;

/// Words that start a clause of `MATCH_RECOGNIZE`. After a mistake the parser goes on at the next
/// one, so no variable or field may be called so without double quotes.
pub(super) const CLAUSES: [&str; 18] = [
    "PARTITION",
    "ORDER",
    "KINDS",
    "MEASURES",
    "ONE",
    "ALL",
    "FIRST",
    "LONGEST",
    "PREFERRED",
    "AFTER",
    "CONSUME",
    "PATTERN",
    "WITHIN",
    "GAP",
    "SUBSET",
    "DEFINE",
    "EMIT",
    "ON",
];

/// Those that may be names too: functions are called `FIRST`.
const NOT_RESERVED: [&str; 3] = ["FIRST", "LONGEST", "PREFERRED"];

/// Other words that cannot be names without double quotes.
const RESERVED: [&str; 22] = [
    "SELECT",
    "FROM",
    "MATCH_RECOGNIZE",
    "AS",
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "IN",
    "IS",
    "NULL",
    "TRUE",
    "FALSE",
    "FOR",
    "PERMUTE",
    "STRICT",
    "RELAXED",
    "ANY",
    "EACH",
    "WITHOUT",
    "FINAL",
    "RUNNING",
];

/// Must `word` be quoted to be a name?
pub(super) fn is_reserved(word: &str) -> bool {
    let is = |known: &&str| known.eq_ignore_ascii_case(word);
    RESERVED.iter().any(is) || starts_clause(word)
}

/// Does `word`, wherever it stands, start a clause?
pub(super) fn starts_clause(word: &str) -> bool {
    let is = |known: &&&str| known.eq_ignore_ascii_case(word);
    CLAUSES.iter().find(is).is_some_and(|known| !NOT_RESERVED.contains(known))
}

/// May `c` start a word?
pub(super) fn is_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

/// May `c` stand in a word?
pub(super) fn is_part(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// A name, in double quotes if it would not be read as one without.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identifier<'a>(pub(crate) &'a str);

impl fmt::Display for Identifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0;
        if name.starts_with(is_start) && name.chars().all(is_part) && !is_reserved(name) {
            return f.write_str(name);
        }
        write!(f, "\"{}\"", name.replace('"', "\"\""))
    }
}
