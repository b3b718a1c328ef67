//! Any bytes as a bundle, and any text as a bundle's manifest: a digest would keep the fuzzer from
//! ever getting past it. The promises are checked by the entry that `cargo test` uses too.
#![no_main]

#[path = "../../../model/tests/bundle/fuzz_entry.rs"]
mod fuzz_entry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = fuzz_entry::file(bytes.to_vec());
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = fuzz_entry::manifest(text);
    }
});
