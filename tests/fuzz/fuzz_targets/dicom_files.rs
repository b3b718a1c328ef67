//! Any bytes as DICOM files: as one, and as several, each behind two bytes of its length. They are listed, and
//! every part is read. The promises are checked by the entry that `cargo test` uses too.
#![no_main]

#[path = "../../../imaging/tests/support/dicom_entry.rs"]
mod dicom_entry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = dicom_entry::files(&[bytes]);
    let _ = dicom_entry::packed(bytes);
});
