//! libFuzzer's entry to `pinfold_fuzz::unixfs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pinfold_fuzz::unixfs(input));
