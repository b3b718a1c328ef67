//! Any bytes as a single NIfTI file. The promises are checked by the entry that `cargo test` uses too.
#![no_main]

#[path = "../../../imaging/tests/support/fuzz_entry.rs"]
mod fuzz_entry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = fuzz_entry::single(bytes);
});
