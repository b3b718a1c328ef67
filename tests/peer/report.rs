//! Both runtimes' seconds, their ratio and their versions.

use serde::Serialize;

/// Seconds a forward and what was measured; a ratio above one says that we are faster.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) version: String,
    pub(crate) onnx_runtime_web: String,
    pub(crate) browser: String,
    pub(crate) cores: usize,
    pub(crate) rows: Vec<Row>,
    /// The largest difference of their logits from MONAI's.
    pub(crate) their_deviation: f64,
}

/// Both on so many threads.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) threads: usize,
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    /// Theirs by ours.
    pub(crate) ratio: f64,
}

impl Report {
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "Glioscope {}, ONNX Runtime Web {}, {} cores, {}\n\
             One forward, feature size 12 at 64³, wasm on the CPU: the best round's median\n\n\
             | threads | Glioscope | ONNX Runtime Web | by ours |\n|---|---|---|---|\n",
            self.version, self.onnx_runtime_web, self.cores, self.browser
        );
        for row in &self.rows {
            text += &format!(
                "| {} | {:.3} | {:.3} | {:.2} |\n",
                row.threads, row.ours, row.theirs, row.ratio
            );
        }
        text += &format!("\nIts logits are MONAI's to {:.1e}\n", self.their_deviation);
        text
    }
}
