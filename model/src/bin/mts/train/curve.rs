//! The learning curve: a line a step in a file, and now and then one for whoever watches.

use std::fs;
use std::io::Write;
use std::path::Path;

use mts_unet::metrics::plot;
use mts_unet::training::trainer::Step;

use crate::{Failure, file_failure};

const COLUMNS: &str = "step,loss,dice_wt,dice_tc,dice_et,learning_rate,seconds,val_wt,val_tc,val_et,idh,codeletion_1p19q,grade";

/// Steps between two lines for whoever watches.
pub(crate) const BETWEEN: usize = 25;

/// The file, and the steps since the last line that was shown.
pub(super) struct Curve {
    file: fs::File,
    recent: Vec<Step>,
}

impl Curve {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        Ok(Self {
            file: open(path, COLUMNS)?,
            recent: Vec::new(),
        })
    }

    pub(super) fn tell(&mut self, step: &Step, steps: usize) {
        let cells = |values: [Option<f64>; 3]| {
            values
                .map(|value| value.map_or_else(String::new, |v| format!("{v:.4}")))
                .join(",")
        };
        // A curve that cannot be written is no reason to stop training.
        let _ = writeln!(
            self.file,
            "{},{:.5},{},{:.6},{:.2},{},{}",
            step.step,
            step.loss,
            cells(step.dice),
            step.learning_rate,
            step.seconds,
            cells(step.look.map_or([None; 3], |look| look.dice)),
            cells(step.heads),
        );
        self.recent.push(*step);
        if self.recent.len() == BETWEEN {
            let mean = |value: &dyn Fn(&Step) -> Option<f64>| {
                let values: Vec<f64> = self.recent.iter().filter_map(value).collect();
                values.iter().sum::<f64>() / values.len().max(1) as f64
            };
            println!(
                "{:>6}/{steps}  loss {:.3}  Dice {:.2} {:.2} {:.2}  {:.2} s a step",
                step.step + 1,
                mean(&|s| Some(s.loss)),
                mean(&|s| s.dice[0]),
                mean(&|s| s.dice[1]),
                mean(&|s| s.dice[2]),
                mean(&|s| Some(s.seconds)),
            );
            self.recent.clear();
        }
        if let Some(look) = &step.look {
            println!(
                "{:>6}/{steps}  not learnt from: {}",
                look.steps,
                super::words(look)
            );
        }
    }
}

/// A table to go on with; its first line says what its columns are.
pub(crate) fn open(path: &Path, columns: &str) -> Result<fs::File, Failure> {
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    let mut file = file.map_err(|error| file_failure("write", &error, path))?;
    if file.metadata().is_ok_and(|about| about.len() == 0) {
        let _ = writeln!(file, "{columns}");
    }
    Ok(file)
}

/// Three columns of every line of a table, which holds the steps of earlier parts of the run too.
pub(crate) fn columns(text: &str, places: [usize; 3]) -> Vec<[Option<f64>; 3]> {
    let lines = text.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        places.map(|at| fields.get(at)?.parse().ok())
    });
    lines.collect()
}

/// curve.svg from curve.csv.
pub(super) fn draw(name: &str, folder: &Path) -> Result<(), Failure> {
    let path = folder.join("curve.csv");
    let text = fs::read_to_string(&path).map_err(|error| file_failure("read", &error, &path))?;
    let picture =
        plot::learning_curve(name, &columns(&text, [2, 3, 4]), &columns(&text, [7, 8, 9]));
    let path = folder.join("curve.svg");
    fs::write(&path, picture).map_err(|error| file_failure("write", &error, &path))
}
