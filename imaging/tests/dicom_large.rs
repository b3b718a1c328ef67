//! A disc as it comes: eight series of 150 slices of 512², 600 MB in 1,200 files. Run by
//! `cargo test --release -p imaging --test dicom_large -- --ignored --nocapture`; it writes them to the target
//! folder and takes them away again.

#[path = "dicom/support.rs"]
#[allow(dead_code, reason = "a part of it is needed")]
mod writer;

use dicom_core::VR;
use dicom_dictionary_std::tags;
use imaging::dicom::{FileId, Header, Listing, read};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Instant;
use writer::*;

const SERIES: [&str; 8] = [
    "1.2.1.1", "1.2.1.2", "1.2.1.3", "1.2.1.4", "1.2.1.5", "1.2.1.6", "1.2.1.7", "1.2.1.8",
];

fn write(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for (number, series) in SERIES.into_iter().enumerate() {
        let mut stack = Stack::axial();
        stack.dims = [512, 512, 150];
        stack.series = series;
        stack.lift = number as u16;
        for z in 0..150 {
            let mut slice = stack.slice(z);
            text(&mut slice, tags::SERIES_NUMBER, VR::IS, &number.to_string());
            let path = folder.join(format!("{z:03}-{number}"));
            std::fs::write(&path, file(&slice, EXPLICIT)).expect("room on the disk");
            paths.push(path);
        }
    }
    // As a folder is read: the series in turn.
    paths.sort();
    paths
}

/// The most memory that was in use since the last reset, and that in use now, in MiB.
fn memory_mib() -> Option<[usize; 2]> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024)
    };
    Some([field("VmHWM:")?, field("VmRSS:")?])
}

#[test]
#[ignore = "writes 600 MB"]
fn a_disc_of_1200_files_is_listed_in_seconds_and_one_series_is_held() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dicom-large");
    std::fs::create_dir_all(&folder).expect("a folder");
    let paths = write(&folder);
    let open = |file: FileId| File::open(&paths[file.0]).map(BufReader::new);
    // Clears the highest mark.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = memory_mib();
    let start = Instant::now();
    let headers = (0..paths.len()).map(|number| {
        let header = Header::read(open(FileId(number)).expect("a file"));
        (FileId(number), header.expect("sound").expect("an image"))
    });
    let listing = Listing::of(headers.collect());
    let listed = start.elapsed();
    let parts: Vec<_> = listing.parts().collect();
    assert_eq!(parts.len(), 8);
    let start = Instant::now();
    let reading = read(parts[3], open).expect("a volume");
    println!(
        "listed in {listed:.2?}, one series read in {:.2?}",
        start.elapsed()
    );
    assert_eq!(reading.series.info.dims, [512, 512, 150]);
    assert!(listed.as_secs_f64() <= 5.0);
    if let (Some([_, before]), Some([most, _])) = (before, memory_mib()) {
        let held = (4 * reading.series.volume.data.len()) >> 20;
        println!("{before} MiB grew to {most} MiB, of which the volume is {held} MiB");
        assert!(most - before < held + 32);
    }
    std::fs::remove_dir_all(&folder).expect("to be taken away");
}
