//! libFuzzer's entry to `pinfold_fuzz::zarr_metadata`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| pinfold_fuzz::zarr_metadata(input));
