//! Misuse that does not compile, and what the compiler says: `misuse/*/*.stderr`.

#![allow(missing_docs)]

#[test]
fn misuse_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/misuse/*/*.rs");
}
