//! NIfTI-1 and NIfTI-2, read and written, over bytes that nobody has vouched for.
//!
//! A file passes four doors, and the first one that it fails names what was found:
//! `source` (plain or gzip), `kind` (which header, if any), `guard` (may these fields be believed)
//! and only then `read`, which reserves memory. The `nifti` crate parses the NIfTI-1 header; it
//! trusts sizes and panics on some, so it sees a header only after its byte order and axis count
//! were checked, and never the image. Its writer needs a file system, so `write` makes the bytes.

mod datatype;
mod form;
mod geometry;
mod guard;
mod header;
mod header2;
mod kind;
mod quaternion;
mod read;
mod source;
mod write;

pub use geometry::GeometryHeader;
pub use guard::{MAX_AXIS, MAX_HEADER_BYTES, MAX_VOXELS};
pub use kind::{Kind, kind};
pub use read::{Outline, PEEK_BYTES, peek, read, read_pair};
pub use write::{write_labels, write_volume};
