//! DICOM: files laid in memory by dicom-rs, read back by the reader, which shares with it no more than the
//! decoder of an element's head.

mod encode;
mod enhanced;
mod grouping;
mod pixels;
mod stacks;
mod support;
