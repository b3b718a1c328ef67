//! `mts manifest`.

use std::path::PathBuf;

use mts_unet::cohort::{self, LabelTable, Preset};

use crate::Failure;

/// List a public collection's cases in a manifest, the table that training and evaluation read.
///
/// COHORT is ucsf-pdgm, upenn-gbm, tcga-gbm, tcga-lgg, egd, ivygap, rhuh-gbm, brats2021, brats2013 or
/// lgg; DIR the folder into which it was unpacked. What the collection's own tables in DIR say of its
/// patients is taken over. Paths are written relative to the manifest.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which collection
    #[arg(value_name = "COHORT")]
    preset: Preset,
    /// Where it is
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The manifest to write
    #[arg(long, value_name = "FILE", default_value = "manifest.csv")]
    out: PathBuf,
    /// A CSV table with a column case or patient, and any of cohort, split, idh_mutant,
    /// codeleted_1p19q (0 or 1) and grade; its word counts before the collection's
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Put all cases into this split
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
    /// Keep the cases that the manifest has already
    #[arg(long)]
    append: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut found = arguments.preset.cases(&arguments.folder)?;
    if let Some(labels) = &arguments.labels {
        let known = LabelTable::read(labels)?.apply(&mut found);
        println!("{known} of {} cases are in the table", found.len());
    }
    if let Some(split) = &arguments.split {
        for row in &mut found {
            row.split = Some(split.clone());
        }
    }
    let count = found.len();
    let mut rows = if arguments.append && arguments.out.exists() {
        cohort::read(&arguments.out)?
    } else {
        Vec::new()
    };
    rows.extend(found);
    cohort::write(&rows, &arguments.out)?;
    println!(
        "{count} cases of {}, {} in all: {}",
        arguments.preset,
        rows.len(),
        arguments.out.display()
    );
    Ok(())
}
