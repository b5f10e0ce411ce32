//! libFuzzer's entry to `pinfold_fuzz::blosc`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pinfold_fuzz::blosc(input));
