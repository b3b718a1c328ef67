//! DICOM: from any number of files to listed series, and from a listed series to its volume.
//!
//! In two steps, so that a disc of thousands of files is listed without reading one pixel. [`Header::read`]
//! reads each file up to its pixels; [`Listing::of`] sorts headers into patients, examinations and parts of
//! series. Then [`read`] takes the pixels of one part alone.
//!
//! ```no_run
//! use imaging::dicom::{FileId, Header, Listing, read};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let paths: Vec<std::path::PathBuf> = Vec::new();
//! let open = |file: FileId| std::fs::File::open(&paths[file.0]).map(std::io::BufReader::new);
//! let mut headers = Vec::new();
//! for number in 0..paths.len() {
//!     if let Some(header) = Header::read(open(FileId(number))?)? {
//!         headers.push((FileId(number), header));
//!     }
//! }
//! let listing = Listing::of(headers);
//! if let Some(part) = listing.parts().next() {
//!     let volume = read(part, open)?.series.volume;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Elements are told apart by dicom-rs, and what is read of them is decided here: nothing is reserved because
//! a header says so, and nothing panics. Names, dates and identifiers become hashes as they are read.

mod attributes;
mod codec;
mod element;
mod error;
mod frame;
mod header;
mod keys;
mod kind;
mod listing;
mod no_volume;
mod note;
mod part;
mod parts;
mod pixels;
mod read;
mod scale;
mod stack;
mod start;
mod straighten;
mod syntax;
mod tags;
mod values;

pub use attributes::Attributes;
pub use error::DicomError;
pub use header::Header;
pub use kind::Derived;
pub use listing::{Examination, FileId, Listing, Patient};
pub use no_volume::NoVolume;
pub use note::Note;
pub use part::{About, Part, Plane, Standing};
pub use read::{Reading, Slice, middle_slice, read};
pub use start::{BEGINNING_BYTES, is_dicom};
