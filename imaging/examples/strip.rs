//! Takes the skull off scans that lie on one grid, and says how long that took.
//!
//!     cargo run --release -p imaging --example strip -- brain.nii.gz t1.nii.gz t1ce.nii.gz ...

use std::error::Error;
use std::fs;
use std::time::Instant;

use imaging::{LabelMap, Orientation, Volume, brain, nifti, reorient};

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let (out, scans) = files
        .split_first()
        .ok_or("where to write the brain, please")?;
    let read = |file: &String| -> Result<Volume, Box<dyn Error>> {
        let series = nifti::read(&fs::read(file)?)?;
        Ok(reorient(&series.volume, Orientation::RAS))
    };
    let scans: Vec<Volume> = scans.iter().map(read).collect::<Result<_, _>>()?;
    let start = Instant::now();
    let mask = brain::strip(&scans.iter().collect::<Vec<_>>())?;
    println!(
        "{:.2} s, {:?}",
        start.elapsed().as_secs_f64(),
        brain::StripQuality::of(&mask)
    );
    let map = LabelMap {
        grid: mask.grid,
        data: mask.data.iter().map(|inside| u8::from(*inside)).collect(),
    };
    fs::write(out, nifti::write_labels(&map, &[(1, "brain")], "", None)?)?;
    Ok(())
}
