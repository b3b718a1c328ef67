//! `mts convert`: somebody else's Swin UNETR as a bundle.

use std::path::PathBuf;

use mts_unet::bundle::Storage;
use mts_unet::foreign::{self, Kind, Words};

use crate::{Failure, file_failure, scan};

/// Make a bundle of a checkpoint that others trained: .safetensors, or the .pt, .pth or .pt.tar that
/// PyTorch 1.6 or later wrote. Nothing in the file is run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The checkpoint
    checkpoint: PathBuf,
    /// Whose it is: monai-brats21 or brainsegfounder; may be left out where only one has its depths
    #[arg(long)]
    kind: Option<Kind>,
    /// Where to
    #[arg(long, value_name = "BUNDLE")]
    out: PathBuf,
    /// What the model is called
    #[arg(long)]
    name: Option<String>,
    /// Licence of the weights, as its owner states it; unknown without it
    #[arg(long, value_name = "TEXT")]
    licence: Option<String>,
    /// Edge of the sliding window, in voxels, a multiple of 32; smaller needs less memory
    #[arg(long, value_name = "VOXELS")]
    window: Option<usize>,
    /// Keep 32 bits of every weight: twice the file
    #[arg(long)]
    f32: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let file = scan::read(&arguments.checkpoint)?;
    let words = Words {
        name: arguments.name.clone(),
        licence: arguments.licence.clone(),
        window: arguments.window,
    };
    let refused = |error: foreign::ForeignError| Failure {
        what: format!("{error}: {}", arguments.checkpoint.display()),
        mend: error.mend().into(),
        code: 1,
    };
    let conversion = foreign::convert(&file, arguments.kind, &words).map_err(refused)?;
    let summary = conversion.manifest.card.summary.clone();
    let storage = if arguments.f32 {
        Storage::F32
    } else {
        Storage::F16
    };
    let bundle = conversion.write(storage);
    let bundle = bundle.map_err(|error| refused(error.into()))?;
    std::fs::write(&arguments.out, bundle)
        .map_err(|error| file_failure("write", &error, &arguments.out))?;
    println!("{summary}");
    Ok(())
}
