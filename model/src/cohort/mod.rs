//! Which cases there are, where their files lie and what is known of them: the manifest that training
//! and evaluation read, how it is made from public collections, and how its patients are dealt out.
//!
//! A manifest is a CSV file, a row a case, with the columns of [`COLUMNS`]:
//!
//! ```csv
//! case,patient,cohort,split,flair,t1,t1ce,t2,seg,seg_scheme,idh_mutant,codeleted_1p19q,grade
//! # lines that begin with # are remarks
//! P1,P1,UCSF-PDGM,,p1/flair.nii.gz,p1/t1.nii.gz,,p1/t2.nii.gz,p1/seg.nii.gz,brats2021,0,,4
//! ```
//!
//! Paths are relative to the manifest. Any sequence, the segmentation and any label may be empty.

mod error;
pub(crate) mod folds;
mod labels;
mod manifest;
pub mod preset;
mod relative;
mod row;
mod segmentation;

pub use error::CohortError;
pub use folds::{LeftOut, folds, leave_out};
pub use labels::LabelTable;
pub use manifest::{COLUMNS, parse, read, write};
pub use preset::Preset;
pub use row::{CaseRow, SegFile, SegScheme};
pub use segmentation::read_segmentation;
