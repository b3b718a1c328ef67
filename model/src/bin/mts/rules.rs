//! `mts rules`: a bundle that brings scans onto its grid by other rules.

use std::path::PathBuf;

use clap::ValueEnum;
use imaging::resample::Sampling;
use mts_unet::intake::Normalisation;

use crate::{Failure, save, scan};

/// Write a bundle that brings scans onto its grid by other rules than it was trained with. What that costs says
/// `mts evaluate` on cases that it has not seen; take it over only where it costs nothing.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The bundle
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// What a voxel of the network's grid holds: the scan's value at its centre, or the mean over its box
    #[arg(long, value_enum)]
    sampling: Option<SamplingArgument>,
    /// Whether single voxels that are far brighter than all others are believed, or brought back to the scan's limits
    #[arg(long, value_enum)]
    outliers: Option<OutliersArgument>,
    /// Where to
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum SamplingArgument {
    Centre,
    Average,
}

#[derive(Clone, Copy, ValueEnum)]
enum OutliersArgument {
    Believed,
    Limited,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bundle = scan::bundle(&arguments.bundle)?;
    let mut manifest = bundle.manifest().clone();
    if let Some(sampling) = arguments.sampling {
        manifest.sampling = match sampling {
            SamplingArgument::Centre => Sampling::Centre,
            SamplingArgument::Average => Sampling::Average,
        };
    }
    if let Some(outliers) = arguments.outliers {
        manifest.normalisation = match outliers {
            OutliersArgument::Believed => Normalisation::ZScoreBrain,
            OutliersArgument::Limited => Normalisation::LimitedZScoreBrain,
        };
    }
    save::bundle(manifest, bundle.weights()?, &arguments.out)
}
