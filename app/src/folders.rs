//! What is taken out of a folder: scans, within bounds; what is passed over is counted.

use serde::{Deserialize, Serialize};

use crate::pairs;

/// Folders within folders that are looked into.
pub const DEEPEST: usize = 8;
/// Files and folders that are looked at; a whole disk is not walked.
pub const MOST_ENTRIES: usize = 30_000;
/// Scans of a file each that are taken.
pub const MOST_SCANS: usize = 64;
/// Files that may be a slice each that are taken.
pub const MOST_SLICES: usize = 20_000;

/// What was found in folders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Files and folders looked at.
    pub entries: usize,
    /// Scans taken.
    pub scans: usize,
    /// Files taken that may be DICOM.
    pub slices: usize,
    /// Files that are no scans by their names.
    pub passed_over: usize,
    /// There was more than is looked at.
    pub is_cut: bool,
}

/// Whether nobody looks into it: hidden, or what an archive of macOS leaves.
#[must_use]
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name == "__MACOSX"
}

impl Tally {
    /// Whether a file of a folder is to be taken; `path` from the chosen folder on.
    pub fn takes(&mut self, path: &str) -> bool {
        self.entries += 1;
        if path.split('/').any(is_hidden) {
            return false;
        }
        let may_be_dicom = pairs::may_be_dicom(path);
        if !pairs::is_scan(path) && !may_be_dicom {
            self.passed_over += 1;
            return false;
        }
        let is_full = match may_be_dicom {
            true => self.slices == MOST_SLICES,
            false => self.scans == MOST_SCANS,
        };
        if is_full || path.split('/').count() > DEEPEST + 1 {
            self.is_cut = true;
            return false;
        }
        match may_be_dicom {
            true => self.slices += 1,
            false => self.scans += 1,
        }
        true
    }

    /// Whether a folder is to be looked into.
    pub fn enters(&mut self, path: &str) -> bool {
        self.entries += 1;
        let too_deep = path.split('/').count() > DEEPEST;
        self.is_cut |= too_deep;
        !too_deep && !path.split('/').any(is_hidden)
    }

    /// Whether as much was looked at as ever is.
    pub fn is_full(&mut self) -> bool {
        let full = self.entries >= MOST_ENTRIES;
        self.is_cut |= full;
        full
    }

    /// What the page says where folders were looked into and hold no scan.
    #[must_use]
    pub fn nothing(&self) -> Option<String> {
        let mend = "DICOM is read, and NIfTI: .nii, .nii.gz, or .hdr with .img.";
        (self.entries > 0 && self.scans == 0 && self.slices == 0).then(|| match self.passed_over {
            0 => format!("There is no file in this folder. {mend}"),
            1 => format!("There is no scan in this folder: its file is none by its name. {mend}"),
            n => format!(
                "There is no scan in this folder: its {n} files are none by their names. {mend}"
            ),
        })
    }

    /// What the page says of what was not taken, if anything.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let others = match self.passed_over {
            0 => None,
            1 => Some("1 other file was passed over.".to_owned()),
            n => Some(format!("{n} other files were passed over.")),
        };
        let cut = "There are more than are looked at: choose the folder of one patient.";
        let cut = self.is_cut.then(|| cut.to_owned());
        let all: Vec<String> = others.into_iter().chain(cut).collect();
        (!all.is_empty()).then(|| all.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_are_taken_and_the_rest_is_counted_but_what_is_hidden() {
        let mut tally = Tally::default();
        let taken = [
            "p/t1.nii.gz",
            "p/t1.json",
            "p/.DS_Store",
            "p/._t1.nii.gz",
            "__MACOSX/t1.nii",
            "p/x/t2.hdr",
            "p/slice.dcm",
        ]
        .map(|path| tally.takes(path));
        assert_eq!(taken, [true, false, false, false, false, true, true]);
        assert_eq!(
            tally.words().as_deref(),
            Some("1 other file was passed over.")
        );
    }

    #[test]
    fn a_folder_without_end_is_cut_and_said() {
        let mut tally = Tally::default();
        let taken = (0..100)
            .filter(|n| tally.takes(&format!("p/{n}.nii")))
            .count();
        assert_eq!(taken, MOST_SCANS);
        assert!(tally.words().expect("said").contains("one patient"));
        let mut deep = Tally::default();
        assert!(deep.enters("a/b") && !deep.enters("1/2/3/4/5/6/7/8/9"));
        assert!(deep.is_cut);
        let mut many = Tally::default();
        while !many.is_full() {
            many.takes("p/x.txt");
        }
        assert_eq!(many.entries, MOST_ENTRIES);
    }

    #[test]
    fn a_folder_without_scans_says_what_is_read() {
        let mut tally = Tally::default();
        assert_eq!(tally.nothing(), None);
        assert!(!tally.takes("p/1.json") && !tally.takes("p/2.pdf"));
        let words = tally.nothing().expect("said");
        assert!(
            words.contains("its 2 files") && words.contains("DICOM"),
            "{words}"
        );
    }

    #[test]
    fn nothing_is_said_where_everything_was_taken() {
        let mut tally = Tally::default();
        assert!(tally.takes("p/t1.nii"));
        assert_eq!(tally.words(), None);
    }
}
