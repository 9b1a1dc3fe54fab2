//! Turns the engine's `sync` shim to loom's types for this crate only, so that a plain
//! `cargo test` runs the models with no flag to remember.

fn main() {
    println!("cargo::rustc-cfg=loom");
}
