//! Public collections as they come unpacked, into rows of a manifest.
//!
//! Each collection has a file of its own, which says where its names come from. What a collection says
//! of its patients is taken from the tables that it publishes, if they lie in the folder; more can come
//! from a [`LabelTable`].

mod brats2013;
mod brats2021;
mod egd;
mod ivygap;
mod lgg;
mod rhuh_gbm;
mod tcga;
mod tree;
mod ucsf_pdgm;
mod upenn_gbm;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::{CaseRow, CohortError, LabelTable};

/// A collection whose layout is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// UCSF preoperative diffuse gliomas, on TCIA.
    UcsfPdgm,
    /// Penn's glioblastomas, on TCIA.
    UpennGbm,
    /// BraTS-TCGA-GBM, on TCIA.
    TcgaGbm,
    /// BraTS-TCGA-LGG, on TCIA.
    TcgaLgg,
    /// The Erasmus Glioma Database, on XNAT.
    Egd,
    /// IvyGAP-Radiomics, on TCIA.
    IvyGap,
    /// Río Hortega's glioblastomas, on TCIA.
    RhuhGbm,
    /// BraTS 2021 task 1.
    Brats2021,
    /// Cases of BraTS 2013 with two sequences.
    Brats2013,
    /// TCGA-LGG as 8-bit slices with whole-tumour masks.
    Lgg,
}

/// One collection's layout.
struct Layout {
    /// The cohort of its rows.
    cohort: &'static str,
    /// What a case looks like, in words.
    expected: &'static str,
    /// Beginnings of the names of tables that it publishes.
    tables: &'static [&'static str],
    /// Its cases below a folder.
    cases: fn(&Path, &'static str) -> Result<Vec<CaseRow>, CohortError>,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::UcsfPdgm,
        Self::UpennGbm,
        Self::TcgaGbm,
        Self::TcgaLgg,
        Self::Egd,
        Self::IvyGap,
        Self::RhuhGbm,
        Self::Brats2021,
        Self::Brats2013,
        Self::Lgg,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::UcsfPdgm => "ucsf-pdgm",
            Self::UpennGbm => "upenn-gbm",
            Self::TcgaGbm => "tcga-gbm",
            Self::TcgaLgg => "tcga-lgg",
            Self::Egd => "egd",
            Self::IvyGap => "ivygap",
            Self::RhuhGbm => "rhuh-gbm",
            Self::Brats2021 => "brats2021",
            Self::Brats2013 => "brats2013",
            Self::Lgg => "lgg",
        }
    }

    const fn layout(self) -> &'static Layout {
        match self {
            Self::UcsfPdgm => &ucsf_pdgm::LAYOUT,
            Self::UpennGbm => &upenn_gbm::LAYOUT,
            Self::TcgaGbm => &tcga::GBM,
            Self::TcgaLgg => &tcga::LGG,
            Self::Egd => &egd::LAYOUT,
            Self::IvyGap => &ivygap::LAYOUT,
            Self::RhuhGbm => &rhuh_gbm::LAYOUT,
            Self::Brats2021 => &brats2021::LAYOUT,
            Self::Brats2013 => &brats2013::LAYOUT,
            Self::Lgg => &lgg::LAYOUT,
        }
    }

    /// The cases below `folder`, by name, with what the collection's own tables in `folder` say of them.
    ///
    /// # Errors
    /// If there are none, or a folder or table cannot be read.
    pub fn cases(self, folder: &Path) -> Result<Vec<CaseRow>, CohortError> {
        let layout = self.layout();
        let root = folder
            .canonicalize()
            .map_err(CohortError::file("open the folder", folder))?;
        let mut rows = (layout.cases)(&root, layout.cohort)?;
        // A folder without any scan is a remnant of a download.
        rows.retain(|row| row.sequences.iter().any(Option::is_some));
        if rows.is_empty() {
            return Err(CohortError::NoCases {
                preset: self.key(),
                expected: layout.expected,
                folder: folder.to_owned(),
            });
        }
        rows.sort_by(|a, b| a.case.cmp(&b.case));
        for table in layout.tables {
            // The last by name is the newest version.
            if let Some(path) = tree::files(&root)?.into_iter().rfind(|path| {
                let name = tree::name(path);
                name.starts_with(table) && name.ends_with(".csv")
            }) {
                LabelTable::read(&path)?.apply(&mut rows);
            }
        }
        Ok(rows)
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = |preset: &Self| preset.key().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(named).ok_or_else(|| {
            let names = Self::ALL.map(Self::key).join(", ");
            format!("found {name:?}, expected one of {names}")
        })
    }
}
