//! libFuzzer's entry to `pinfold_fuzz::car`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pinfold_fuzz::car(input));
