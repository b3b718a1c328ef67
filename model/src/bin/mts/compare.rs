//! `mts compare`.

use std::path::{Path, PathBuf};

use mts_unet::evaluation::{self, Evaluation};

use crate::{Failure, file_failure};

/// Compare two models on the cases that both were evaluated on.
///
/// Dice by Wilcoxon's signed-rank test, AUC by DeLong's paired test; p is two-sided and not corrected
/// for the number of rows.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// metrics.json of the first model
    #[arg(value_name = "A")]
    a: PathBuf,
    /// metrics.json of the second
    #[arg(value_name = "B")]
    b: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (a, b) = (read(&arguments.a)?, read(&arguments.b)?);
    let found = evaluation::compare(&a, &b);
    if found.is_empty() {
        return Err(Failure {
            what: "no case of the two files has the same name and a known truth".into(),
            mend: "Compare evaluations of the same manifest.".into(),
            code: 1,
        });
    }
    if arguments.json {
        let json = serde_json::to_string_pretty(&found).map_err(|error| Failure {
            what: error.to_string(),
            mend: String::new(),
            code: 1,
        })?;
        println!("{json}");
        return Ok(());
    }
    println!("| measure | n | A | B | B − A | p | test |");
    println!("|---|---|---|---|---|---|---|");
    for d in found {
        println!(
            "| {} | {} | {:.3} | {:.3} | {:+.3} | {} | {} |",
            d.measure,
            d.n,
            d.a,
            d.b,
            d.b - d.a,
            p_value(d.p),
            d.test
        );
    }
    Ok(())
}

fn read(path: &Path) -> Result<Evaluation, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| file_failure("read", &error, path))?;
    serde_json::from_str(&text).map_err(|error| Failure {
        what: format!("this is no metrics.json: {error}: {}", path.display()),
        mend: "Choose a file that mts evaluate wrote.".into(),
        code: 1,
    })
}

fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".into()
    } else {
        format!("{p:.3}")
    }
}
