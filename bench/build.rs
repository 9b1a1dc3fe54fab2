//! Tells the program how it was built, so that every report can say so.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let opt_level = std::env::var("OPT_LEVEL").unwrap_or_default();
    println!("cargo::rustc-env=TOURBILLON_OPT_LEVEL={opt_level}");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = version.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    println!("cargo::rustc-env=TOURBILLON_RUSTC={}", version.unwrap_or_default());
}
