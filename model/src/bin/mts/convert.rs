//! `mts convert`: somebody else's Swin UNETR as a bundle.

use std::path::PathBuf;

use mts_unet::bundle::Storage;
use mts_unet::foreign::{self, Kind, KnownTumour, Merging, Order, Told, Words};

use crate::{Failure, file_failure, scan};

/// One window of the sample case, with its tumour.
const KNOWN: &[u8] = include_bytes!("../../../../www/samples/trial/TCGA-DU-7294.nii.gz");

/// Make a bundle of a checkpoint that others trained: .safetensors, or the .pt, .pth or .pt.tar that
/// PyTorch 1.6 or later wrote. Nothing in the file is run. The network is tried on one window of 64³
/// around a tumour that is known, and what it found is said.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The checkpoint
    checkpoint: PathBuf,
    /// Whose it is: monai-brats21, brainsegfounder, or own for a network that you or your group trained
    /// [default: brainsegfounder where only that has its depths]
    #[arg(long)]
    kind: Option<Kind>,
    /// For the kind own: the order in which its network takes the sequences, such as flair,t1,t1ce,t2
    #[arg(long, value_name = "ORDER")]
    channels: Option<Order>,
    /// For the kind own: legacy (trained with MONAI before 1.5), fixed (1.5 or later), or v2
    /// (downsample="mergingv2") [default: each is tried, and one that is clearly better taken]
    #[arg(long)]
    merging: Option<Merging>,
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
    let told = Told {
        kind: arguments.kind,
        channels: arguments.channels,
        merging: arguments.merging,
    };
    let mut conversion = foreign::convert(&file, &told, &words).map_err(refused)?;
    drop(file);
    let trial = pollster::block_on(conversion.try_on(&KnownTumour::read(KNOWN)?))?;
    conversion.settle(&trial).map_err(refused)?;
    let summary = conversion.manifest.card.summary.clone();
    let storage = if arguments.f32 {
        Storage::F32
    } else {
        Storage::F16
    };
    let bundle = conversion.write(storage).map_err(refused)?;
    std::fs::write(&arguments.out, bundle)
        .map_err(|error| file_failure("write", &error, &arguments.out))?;
    println!("{summary}");
    Ok(())
}
