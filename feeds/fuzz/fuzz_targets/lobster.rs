#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| tourbillon_feeds_fuzz::targets::run("lobster", data));
