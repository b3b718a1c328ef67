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
//! `seg_scheme` says how a segmentation numbers its labels, by a name of [`SegScheme`]: `brats2021` (1, 2,
//! 4), `brats2023` (1, 2, 3), `brats2024` (the same with 4 for a resection cavity, which is background),
//! `brats2015` (3 non-enhancing, 4 enhancing) or `wt-only`.

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
pub use imaging::truth::Scheme as SegScheme;
pub use labels::LabelTable;
pub use manifest::{COLUMNS, parse, read, write};
pub use preset::Preset;
pub use row::{CaseRow, SegFile};
pub use segmentation::{read_mask, read_segmentation, read_truth};
