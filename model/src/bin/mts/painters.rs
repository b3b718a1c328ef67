//! `mts painters`: what stands in for a sequence that is absent.

use std::path::PathBuf;

use imaging::Sequence;
use mts_unet::cohort;
use mts_unet::intake::Intake;
use mts_unet::training::paint::painter;

use crate::train::cases::{self, LeftOut};
use crate::{Failure, save, scan};

/// What FLAIR is painted from. Its tumour is T2's, so without T2 it is left absent. Nothing else is painted: contrast
/// agent shows in T1ce alone; in the place of T1 or T2 zeros were found to be no worse.
const FLAIR_FROM: [&[Sequence]; 3] = {
    use Sequence::{T1, T1ce, T2};
    [&[T1, T1ce, T2], &[T1, T2], &[T1ce, T2]]
};

/// Give a bundle what paints FLAIR where a case lacks it, from the sequences that it has.
///
/// Learnt by least squares from the manifest's outlined cases that have all four. `mts predict`, the page and
/// `mts evaluate --without-each` use it.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The bundle
    #[arg(long, value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The cases (CSV), as `mts manifest` writes them
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    /// Where prepared cases are kept from run to run
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// Leave out this fold of so many, such as 0/5, or every patient of a cohort
    #[arg(long, value_name = "I/K|COHORT", value_parser = LeftOut::parse)]
    leave_out: Option<LeftOut>,
    /// The bundle to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bundle = scan::bundle(&arguments.bundle)?;
    let mut manifest = bundle.manifest().clone();
    let mut rows = cohort::read(&arguments.manifest)?;
    if let Some(left_out) = &arguments.leave_out {
        rows = left_out.rest(rows)?;
    }
    rows.retain(|row| row.seg.is_some() && row.is_complete());
    let plain = Intake::plain(manifest.spacing_mm[0]);
    let intake = manifest.intake().unwrap_or(plain);
    let case = |row: &_| cases::case(row, intake, &arguments.cache);
    let lenders = cases::prepared(&rows, case, &arguments.cache)?;
    let lenders: Vec<_> = lenders.iter().collect();
    let painters = FLAIR_FROM.map(|from| painter(&lenders, Sequence::Flair, from));
    manifest.painters = painters.into_iter().flatten().collect();
    if manifest.painters.is_empty() {
        return Err(Failure {
            what: "no outlined case of the manifest has all four sequences".into(),
            mend: "Name some that have them.".into(),
            code: 1,
        });
    }
    println!("learnt from {} cases", lenders.len());
    save::bundle(manifest, bundle.weights()?, &arguments.out)?;
    println!("{}", arguments.out.display());
    Ok(())
}
