//! The cases that ship with the page.

/// A case on the page's own origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Its folder.
    pub(crate) folder: &'static str,
    /// What the licence asks to be said.
    pub(crate) source: &'static str,
}

/// Registered and without skull.
pub(crate) const READY: Sample = Sample {
    folder: "samples/TCGA-DU-7294",
    source: "Sample: TCGA-DU-7294 of TCGA-LGG, The Cancer Imaging Archive, CC BY 3.0, doi \
        10.7937/K9/TCIA.2016.L4LTD3TK; registered and skull-stripped, headers cleared.",
};

/// As the scanner left it.
pub(crate) const RAW: Sample = Sample {
    folder: "samples/TCGA-FG-6692",
    source: "Raw scans: TCGA-FG-6692 of the same collection and licence; converted to NIfTI, headers cleared.",
};

/// Each folder's files.
pub(crate) const FILES: [&str; 4] = ["flair.nii.gz", "t1.nii.gz", "t1ce.nii.gz", "t2.nii.gz"];
