//! libFuzzer's entry to `pinfold_fuzz::text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pinfold_fuzz::text(input));
