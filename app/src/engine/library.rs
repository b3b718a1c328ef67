//! The scans that were loaded, each once.

use std::collections::BTreeMap;

use imaging::check::{self, Coarse, Head};
use imaging::memory::{self, Room};
use imaging::{ImagingError, Sequence, Series, nifti};

use crate::protocol::SeriesId;
use crate::user_error::UserError;

/// Scans by the page's name for them.
#[derive(Default)]
pub struct Library(BTreeMap<SeriesId, Entry>);

struct Entry {
    series: Series,
    /// What it shows by itself: asked while the others load.
    head: Head,
    fingerprint: u64,
    /// What was done to make a volume of its files.
    notes: Vec<String>,
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
        self.put(id, series, Vec::new(), names)
    }

    /// Takes a scan that was read, with what was done to make it one.
    ///
    /// # Errors
    /// If it is already here.
    pub fn put(
        &mut self,
        id: SeriesId,
        series: Series,
        notes: Vec<String>,
        names: &[String],
    ) -> Result<&Series, UserError> {
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
        let head = Head::of(Coarse::of(&series));
        self.0.insert(
            id,
            Entry {
                series,
                head,
                fingerprint,
                notes,
            },
        );
        Ok(&self.0[&id].series)
    }

    /// Refuses a scan before it is loaded that could not be read even alone, or has no place beside those
    /// that are here; `beginning` is its file's, or the first half's of a pair. What is no header is for
    /// [`Library::open`] to refuse.
    ///
    /// # Errors
    /// With what would fit.
    pub fn ensure_room(&self, beginning: &[u8], names: &[String]) -> Result<(), UserError> {
        let Ok(outline) = nifti::peek(beginning) else {
            return Ok(());
        };
        let alone = Room::Tab { used_bytes: 0 };
        memory::ensure_room(&[outline.dims], alone).map_err(|error| refusal(&error, names))?;
        let used_bytes = self.bytes_without(&[]);
        memory::ensure_loads(outline, Room::Tab { used_bytes })
            .map_err(|error| refusal(&error, names))
    }

    /// Refuses a case that would need more memory than a tab has; `ids` are its scans.
    ///
    /// # Errors
    /// With what would fit.
    pub fn ensure_room_to_read(&self, ids: &[Option<SeriesId>; 4]) -> Result<(), UserError> {
        let ids: Vec<SeriesId> = ids.iter().flatten().copied().collect();
        let dims: Vec<[usize; 3]> = (ids.iter())
            .filter_map(|id| Some(self.get(*id)?.info.dims))
            .collect();
        let used_bytes = self.bytes_without(&ids);
        memory::ensure_room(&dims, Room::Tab { used_bytes }).map_err(|error| {
            UserError::new(
                format!("There is not enough memory: {error}."),
                error.mend(),
            )
            .with("memory", &error)
        })
    }

    /// Bytes of the scans that are here, but for these.
    fn bytes_without(&self, ids: &[SeriesId]) -> u64 {
        let others = self.0.iter().filter(|(id, _)| !ids.contains(id));
        others
            .map(|(_, entry)| 4 * entry.series.volume.data.len() as u64)
            .sum()
    }

    /// What a scan that was loaded shows by itself.
    #[must_use]
    pub fn head(&self, id: SeriesId) -> Option<&Head> {
        self.0.get(&id).map(|entry| &entry.head)
    }

    /// What was done to make a volume of a scan's files.
    #[must_use]
    pub fn notes(&self, id: SeriesId) -> &[String] {
        self.0.get(&id).map_or(&[], |entry| &entry.notes)
    }

    /// Which sequences the scans that may be one of the four seem to be, by their pictures alone; empty where there are
    /// others than two to four, or that is not certain.
    #[must_use]
    pub fn by_picture(&self) -> Vec<(SeriesId, Sequence)> {
        let scans: Vec<(SeriesId, &Head)> = (self.0.iter())
            .filter(|(_, entry)| !entry.head.is_label_map())
            .map(|(id, entry)| (*id, &entry.head))
            .collect();
        if !(2..=4).contains(&scans.len()) {
            return Vec::new();
        }
        let heads: Vec<&Head> = scans.iter().map(|(_, head)| *head).collect();
        match check::naming(&heads) {
            Some((names, margin)) if margin > check::SURE_NAMING => {
                scans.iter().map(|(id, _)| *id).zip(names).collect()
            }
            _ => Vec::new(),
        }
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
pub(super) fn refusal(error: &ImagingError, names: &[String]) -> UserError {
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

    /// The beginning of a plain file of a scan so large: bytes with voxels of 1 mm.
    fn header_of(dims: [u16; 3]) -> Vec<u8> {
        let mut header = vec![0; 352];
        header[..4].copy_from_slice(&348i32.to_le_bytes());
        for (at, n) in [3, dims[0], dims[1], dims[2]].into_iter().enumerate() {
            header[40 + 2 * at..42 + 2 * at].copy_from_slice(&n.to_le_bytes());
            header[76 + 4 * at..80 + 4 * at].copy_from_slice(&1f32.to_le_bytes());
        }
        header[70] = 2;
        header[344..348].copy_from_slice(b"n+1\0");
        header
    }

    #[test]
    fn a_scan_that_no_tab_could_read_is_refused_by_its_header() {
        let library = Library::default();
        let refused = library.ensure_room(&header_of([1024, 1024, 600]), &names("Doe.nii"));
        let error = refused.expect_err("too large");
        assert!(error.happened.contains("GiB") && error.happened.contains("would fit"));
        assert!(!error.to_clipboard().contains("Doe"));
        for fine in [[512, 512, 512], [640, 640, 31]] {
            assert!(
                library
                    .ensure_room(&header_of(fine), &names("a.nii"))
                    .is_ok()
            );
        }
        // No header: opening it says what it is.
        assert!(
            library
                .ensure_room(b"an image of a pair", &names("a.img"))
                .is_ok()
        );
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
