//! `mts untrained`: the bundle that shows the path before there is a trained one.

use std::path::PathBuf;

use mts_unet::bundle::{self, Storage};
use mts_unet::golden;

use crate::{Failure, file_failure};

/// Write a bundle whose weights follow a rule: everything works, the answers mean nothing.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where to
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (manifest, tensors) = golden::untrained()?;
    let bytes = bundle::write(manifest, tensors, Storage::F16)?;
    std::fs::write(&arguments.out, bytes)
        .map_err(|error| file_failure("write", &error, &arguments.out))
}
