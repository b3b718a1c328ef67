//! A case that can be spoilt.

use std::fs;
use std::path::{Path, PathBuf};

use imaging::check::{self, Check, Coarse, Head, Level, Verdict};
use imaging::{Sequence, Series, Volume, nifti};

/// Four scans, in the order of [`Sequence::ALL`].
#[derive(Clone)]
pub struct Case(pub [Option<Series>; 4]);

impl Case {
    /// The sample that ships with the page: a grade 2 oligodendroglioma, 1 mm, skull off.
    pub fn sample() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/samples/TCGA-DU-7294");
        Self::open(&folder, ["flair", "t1", "t1ce", "t2"])
    }

    /// `FOLDER/NAME.nii.gz` for each name.
    pub fn open(folder: &Path, names: [&str; 4]) -> Self {
        Self(names.map(|name| {
            let bytes = fs::read(folder.join(format!("{name}.nii.gz"))).expect("a scan");
            Some(nifti::read(&bytes).expect("a valid scan"))
        }))
    }

    /// The scan of a sequence.
    pub fn scan(&mut self, sequence: Sequence) -> &mut Series {
        self.0[sequence.channel()].as_mut().expect("the scan")
    }

    /// Its values.
    pub fn values(&mut self, sequence: Sequence) -> &mut Vec<f32> {
        &mut self.scan(sequence).volume.data
    }

    /// Gives the name of one scan to the other, and the other way about.
    pub fn exchange(&mut self, a: Sequence, b: Sequence) {
        self.0.swap(a.channel(), b.channel());
    }

    /// All verdicts.
    pub fn verdicts(&self) -> Vec<Verdict> {
        use Sequence::{Flair, T1, T1ce, T2};
        let heads: Vec<(Sequence, Head)> = [T1ce, Flair, T1, T2]
            .into_iter()
            .filter_map(|sequence| {
                let series = self.0[sequence.channel()].as_ref()?;
                Some((sequence, Head::of(Coarse::of(series))))
            })
            .collect();
        let heads: Vec<(Sequence, &Head)> = heads.iter().map(|(s, head)| (*s, head)).collect();
        check::case(&heads)
    }

    /// Those that a reader is told.
    pub fn said(&self) -> Vec<Verdict> {
        self.verdicts()
            .into_iter()
            .filter(Verdict::matters)
            .collect()
    }

    /// The verdict of one kind that matters, of `sequence` where there is one; fails where it is not there.
    #[track_caller]
    pub fn says(&self, check: Check, level: Level, sequence: Option<Sequence>) -> Verdict {
        let said = self.said();
        let found = said.iter().find(|v| {
            v.check == check && v.level == level && (sequence.is_none() || v.sequence == sequence)
        });
        found
            .unwrap_or_else(|| panic!("no {level:?} {check:?} of {sequence:?} in {said:#?}"))
            .clone()
    }
}

/// Names of an expert case's files.
pub fn files(folder: &Path) -> [String; 4] {
    let case = folder.file_name().expect("a folder").to_string_lossy();
    ["flair", "t1", "t1ce", "t2"].map(|name| format!("{case}_{name}"))
}

/// The folders of a folder, sorted.
pub fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// Every voxel's value by its place.
pub fn fill(volume: &mut Volume, mut value: impl FnMut([usize; 3], f32) -> f32) {
    for at in 0..volume.data.len() {
        let place = volume.grid.index_of(at).0;
        volume.data[at] = value(place, volume.data[at]);
    }
}
