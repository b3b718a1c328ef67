//! Registers one NIfTI file to another and prints the move, how sure it is, and how long it took.
//!
//!     cargo run --release -p imaging --example register -- MOVING FIXED [affine]
//!
//! Reading is not in the time.

use std::error::Error;
use std::fs;
use std::time::Instant;

use imaging::register::{self, Options};
use imaging::{Volume, nifti};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [moving, fixed, rest @ ..] = &arguments[..] else {
        return Err("expected two NIfTI files: the moving scan, then the fixed one".into());
    };
    let read = |path: &String| -> Result<Volume, Box<dyn Error>> {
        Ok(nifti::read(&fs::read(path)?)?.volume)
    };
    let (moving, fixed) = (read(moving)?, read(fixed)?);
    let start = Instant::now();
    let (affine, in_place, confidence) = if rest.first().is_some_and(|word| word == "affine") {
        let found = register::affine(&moving, &fixed, &Options::default());
        (found.transform, found.already_in_place, found.confidence)
    } else {
        let found = register::rigid(&moving, &fixed, &Options::default());
        (
            found.transform.affine(),
            found.already_in_place,
            found.confidence,
        )
    };
    let seconds = start.elapsed().as_secs_f64();
    let rows = serde_json::to_string(&affine)?;
    let confidence = serde_json::to_string(&confidence)?;
    println!(
        r#"{{"fixed_to_moving":{rows},"already_in_place":{in_place},"confidence":{confidence},"seconds":{seconds:.4}}}"#
    );
    Ok(())
}
