//! Odd DICOM folders of the development data (`odd/make.py` writes them; `ODD_ROOT` says where): each gives the
//! volume that it shows, or is refused by the name of what is wrong. Skips where there are none.

use imaging::dicom::{Examination, FileId, Header, Listing, NoVolume, Note, Part, Standing, read};
use imaging::{Volume, nifti};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

fn root() -> Option<PathBuf> {
    let root = std::env::var_os("ODD_ROOT").map(PathBuf::from);
    if root.is_none() {
        println!("skipped: ODD_ROOT does not say where the odd folders are");
    }
    root
}

struct Folder {
    paths: Vec<PathBuf>,
    listing: Listing,
}

impl Folder {
    fn of(path: &Path) -> Self {
        let entries = std::fs::read_dir(path.join("series")).expect("a folder of files");
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        let open = |path: &PathBuf| BufReader::new(File::open(path).expect("a file"));
        let headers = paths.iter().enumerate().filter_map(|(number, path)| {
            let header = Header::read(open(path)).expect("readable")?;
            Some((FileId(number), header))
        });
        let listing = Listing::of(headers.collect());
        Self { paths, listing }
    }

    fn examination(&self) -> &Examination {
        assert_eq!(self.listing.patients.len(), 1);
        assert_eq!(self.listing.patients[0].examinations.len(), 1);
        &self.listing.patients[0].examinations[0]
    }

    fn read(&self, part: &Part) -> Result<imaging::dicom::Reading, imaging::ImagingError> {
        read(part, |file| {
            File::open(&self.paths[file.0]).map(BufReader::new)
        })
    }
}

/// Every voxel of the truth has its value at its place, but for slices that are missing.
fn assert_shows(found: &Volume, truth: &Volume, missing: &[usize], name: &str) {
    assert_eq!(found.data.len(), truth.data.len(), "{name}");
    let inverse = found.grid.affine.inverse().expect("invertible");
    let to_found = inverse.compose(&truth.grid.affine);
    let [mm, _, _] = found.grid.spacing_mm();
    for offset in 0..truth.data.len() {
        let at = truth.grid.index_of(offset).0.map(|i| i as f64);
        let place = to_found.apply(imaging::VoxelPoint(at)).0;
        let near = place.map(f64::round);
        for axis in 0..3 {
            assert!(
                (place[axis] - near[axis]).abs() * mm < 0.01,
                "{name}: {place:?}"
            );
        }
        let index = imaging::VoxelIndex(near.map(|i| i as usize));
        let value = found.get(index).expect("inside");
        if !missing.contains(&index.0[2]) {
            assert_eq!(value, truth.data[offset], "{name}: {index:?}");
        }
    }
}

#[test]
fn every_odd_folder_gives_its_volume_or_the_name_of_what_is_wrong() {
    let Some(root) = root() else { return };
    let mut shown = 0;
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&root)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with('D') && path.join("series").is_dir()
        })
        .collect();
    folders.sort();
    for path in folders {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let folder = Folder::of(&path);
        let parts = &folder.examination().parts;
        let reading = folder.read(&parts[0]);
        let truth = path.join("truth.nii.gz");
        let refused = parts[0].no_volume();
        match &name[..3] {
            "D09" => assert_eq!(refused, Some(&NoVolume::Mosaic)),
            "D10" => assert_eq!(refused, Some(&NoVolume::NoPlace)),
            "D22" => assert_eq!(refused, Some(&NoVolume::SingleSlice)),
            "D13" if name.ends_with("jpeg-ls") => {
                let error = reading.expect_err("not read here");
                assert!(error.to_string().contains("JPEG-LS"), "{error}");
                assert!(error.mend().contains("dcm2niix"), "{}", error.mend());
                continue;
            }
            _ => {}
        }
        if !truth.is_file() {
            assert!(reading.is_err(), "{name}");
            continue;
        }
        let reading = reading.unwrap_or_else(|error| panic!("{name}: {error}"));
        let truth = nifti::read(&std::fs::read(truth).expect("a file")).expect("the truth");
        let missing: Vec<usize> = (reading.notes.iter())
            .filter_map(|note| match note {
                Note::GapFilled { slices, .. } => Some(slices.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        assert_shows(&reading.series.volume, &truth.volume, &missing, &name);
        assert_eq!(parts[0].about.standing, Standing::Original, "{name}");
        println!("{name}: {:?}", reading.notes);
        match &name[..3] {
            "D01" => assert_eq!(missing, [15, 16]),
            "D03" => assert_eq!(parts.len(), 3),
            "D04" => {
                assert_eq!(parts.len(), 2);
                assert!(matches!(parts[1].about.standing, Standing::Derived(_)));
            }
            "D05" => assert!(matches!(
                reading.notes[..],
                [Note::CopiesDropped { copies: 57 }]
            )),
            // Folders of other kinds may say something.
            _ if name.as_str() > "D24" => {}
            _ => assert!(reading.notes.is_empty(), "{name}: {:?}", reading.notes),
        }
        shown += 1;
    }
    println!("{shown} volumes");
    assert!(shown > 0);
}
