//! The scans that were loaded, each once.

use std::collections::BTreeMap;

use imaging::{ImagingError, Series, nifti};

use crate::protocol::SeriesId;
use crate::user_error::UserError;

/// Scans by the page's name for them.
#[derive(Default)]
pub struct Library(BTreeMap<SeriesId, Entry>);

struct Entry {
    series: Series,
    fingerprint: u64,
}

impl Library {
    /// Reads a scan from the bytes of its file, or of its two, header first. `names` are only for
    /// the error's last words.
    ///
    /// # Errors
    /// If the bytes are no scan, or a scan that is already here.
    pub fn open(
        &mut self,
        id: SeriesId,
        files: &[Vec<u8>],
        names: &[String],
    ) -> Result<&Series, UserError> {
        let read = match files {
            [one] => nifti::read(one),
            [header, image] => nifti::read_pair(header, image),
            _ => {
                return Err(UserError::new(
                    "No file came with this scan.",
                    "Add it again.",
                ));
            }
        };
        let series = read.map_err(|error| refusal(&error, names))?;
        let fingerprint = fingerprint(&series);
        let twin = (self.0.iter()).any(|(other, e)| *other != id && e.fingerprint == fingerprint);
        if twin {
            return Err(UserError::new(
                format!(
                    "This scan is here already; the same file came twice: {}",
                    list(names)
                ),
                "Choose the file of the sequence that is still missing.",
            ));
        }
        self.0.insert(
            id,
            Entry {
                series,
                fingerprint,
            },
        );
        Ok(&self.0[&id].series)
    }

    /// A scan that was loaded.
    #[must_use]
    pub fn get(&self, id: SeriesId) -> Option<&Series> {
        self.0.get(&id).map(|entry| &entry.series)
    }

    /// Drops a scan.
    pub fn forget(&mut self, id: SeriesId) {
        self.0.remove(&id);
    }
}

/// What the person reads when a file cannot be used.
fn refusal(error: &ImagingError, names: &[String]) -> UserError {
    UserError::new(
        format!("This file cannot be used: {error}: {}", list(names)),
        error.mend(),
    )
    .with("file", error)
}

fn list(names: &[String]) -> String {
    names.join(" and ")
}

/// FNV-1a over the grid and every value: equal for copies of a file whatever they are called.
fn fingerprint(series: &Series) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut eat = |word: u64| hash = (hash ^ word).wrapping_mul(0x0100_0000_01b3);
    let grid = &series.volume.grid;
    grid.dims.iter().for_each(|n| eat(*n as u64));
    (grid.affine.0.iter().flatten()).for_each(|x| eat(x.to_bits()));
    (series.volume.data.iter()).for_each(|v| eat(u64::from(v.to_bits())));
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::{Affine, Grid, RasPoint, Volume};

    fn file(last: f32) -> Vec<u8> {
        let affine = Affine::axis_aligned([1.0, 2.0, 3.0], RasPoint([4.0, 5.0, 6.0]));
        let mut data: Vec<f32> = (0..24).map(|i| i as f32).collect();
        data[23] = last;
        let dims = [2, 3, 4];
        let grid = Grid { dims, affine };
        nifti::write_volume(&Volume { grid, data }, None).expect("a file")
    }

    fn names(name: &str) -> Vec<String> {
        vec![name.to_owned()]
    }

    #[test]
    fn a_copy_under_another_name_is_refused_and_the_first_stays() {
        let mut library = Library::default();
        let (a, b) = (SeriesId(1), SeriesId(2));
        library
            .open(a, &[file(1.0)], &names("t1.nii.gz"))
            .expect("new");
        let error = library
            .open(b, &[file(1.0)], &names("copy.nii.gz"))
            .expect_err("a copy");
        assert!(
            error.happened.ends_with("copy.nii.gz"),
            "{}",
            error.happened
        );
        assert!(library.get(a).is_some() && library.get(b).is_none());
        library
            .open(b, &[file(2.0)], &names("t2.nii.gz"))
            .expect("one voxel differs");
    }

    #[test]
    fn the_same_scan_may_be_loaded_again_under_its_own_id() {
        let mut library = Library::default();
        for _ in 0..2 {
            library
                .open(SeriesId(1), &[file(1.0)], &names("t1.nii.gz"))
                .expect("itself");
        }
    }

    #[test]
    fn rubbish_is_refused_with_a_mend_and_no_name_in_the_diagnostics() {
        let mut library = Library::default();
        let error = (library.open(
            SeriesId(1),
            &[b"hello, this is text".to_vec()],
            &names("Doe.nii"),
        ))
        .expect_err("no scan");
        assert!(!error.mend.is_empty());
        assert!(!error.to_clipboard().contains("Doe"));
    }
}
