//! libFuzzer's entry to `pinfold_fuzz::search_part`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pinfold_fuzz::search_part(input));
