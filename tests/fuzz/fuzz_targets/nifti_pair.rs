//! Any bytes as a .hdr/.img pair: two bytes of header length, the header, the image.
#![no_main]

#[path = "../../../imaging/tests/support/fuzz_entry.rs"]
mod fuzz_entry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = fuzz_entry::pair(bytes);
});
