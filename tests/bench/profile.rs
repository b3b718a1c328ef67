//! Where the time of one forward goes: the bundle that ships, a whole brain in one window, each kernel
//! timed by itself.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use burn::cubecl::logging::{
    Duration, LaunchObservation, LaunchObserver, TimingMethod, TimingRequest,
};
use mts_unet::{bundle::Bundle, device::open_gpu, golden};

use crate::figures::Figures;

/// So many kernels are told; the rest are one row.
const ROWS: usize = 12;

/// Seconds and launches, by kernel.
#[derive(Default)]
struct Kernels(Mutex<HashMap<String, (f64, usize)>>);

impl LaunchObserver for Kernels {
    fn launched(&self, _: &'static str) {}

    fn timing(&self) -> TimingRequest {
        TimingRequest::Resolved
    }

    fn timed(&self, kernel: &'static str, duration: Duration, _: TimingMethod) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = all.entry(short(kernel)).or_default();
        *one = (one.0 + duration.as_secs_f64(), one.1 + 1);
    }
}

/// A type's own name, and that of the operation in its angle brackets; what only counts programs is left out.
fn short(kernel: &str) -> String {
    let own = |path: &str| path.rsplit("::").next().unwrap_or(path).to_owned();
    let mut parts = kernel.split(['<', '>', ',']).map(own);
    let mut parts = parts.by_ref().filter(|part| part != "Counted");
    let name = parts.next().unwrap_or_default();
    match parts.next().filter(|inner| !inner.is_empty()) {
        Some(inner) if name == "SourceKernel" => format!("ours: {inner}"),
        Some(inner) => format!("{name} {inner}"),
        None => name,
    }
}

/// The second forward's kernels; the first compiles them.
pub(crate) async fn measure(figures: &mut Figures) -> Result<()> {
    let gpu = open_gpu().await?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/models/demo.mts.safetensors");
    let bundle = Bundle::read(fs::read(file)?)?;
    let network = bundle.network(&gpu.device)?;
    let window = bundle.manifest().window;
    for is_measured in [false, true] {
        let kernels = Arc::new(Kernels::default());
        let watching = is_measured.then(|| LaunchObservation::new(kernels.clone()));
        let output = network.forward(golden::input(4, window, &gpu.device))?;
        for head in output.heads {
            head.logits.into_data_async().await?;
        }
        output.logits.into_data_async().await?;
        drop(watching);
        if is_measured {
            tell(figures, &kernels, &gpu.words);
        }
    }
    Ok(())
}

fn tell(figures: &mut Figures, kernels: &Kernels, adapter: &str) {
    let all = kernels.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all: Vec<_> = all.iter().collect();
    all.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
    let total = |rows: &[(&String, &(f64, usize))]| rows.iter().map(|row| row.1.0).sum::<f64>();
    let name = |what: &str| format!("forward of `demo`, {adapter}: {what}");
    figures.add(name("all kernels"), total(&all), "s", None);
    let (first, rest) = all.split_at(all.len().min(ROWS));
    for (kernel, (seconds, launches)) in first {
        figures.add(
            name(&format!("{kernel}, {launches} ×")),
            *seconds,
            "s",
            None,
        );
    }
    figures.add(name("the rest"), total(rest), "s", None);
}
