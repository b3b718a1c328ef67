//! `mts plan`.

use std::path::PathBuf;

use mts_unet::network::{Activations, Finest};
use mts_unet::plan::{Kind, Machine, Part, Plan};

use crate::{Failure, scan};

/// Say what a bundle needs on a GPU: memory, arithmetic, and the least time on three machines on paper.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The bundle
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// Edge of the window in voxels, a multiple of 32; the bundle's own where it is left out
    #[arg(long, value_name = "VOXELS")]
    window: Option<usize>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bundle = scan::bundle(&arguments.bundle)?;
    let manifest = bundle.manifest();
    let window = match arguments.window {
        Some(edge) if edge < 64 || edge % 32 != 0 => {
            return Err(Failure {
                what: format!("the window is {edge}; a multiple of 32 from 64 on is needed"),
                mend: "Try 64, 96 or 128.".into(),
                code: 2,
            });
        }
        Some(edge) => [edge; 3],
        None => manifest.window,
    };
    let network = &manifest.network;
    let fast = |activations| {
        Plan::new(
            network,
            window,
            1,
            Finest::Whole,
            activations,
            Part::Everything,
        )
    };
    let (fast, half) = (fast(Activations::Full)?, fast(Activations::Half)?);
    let lean = Plan::lean(network, window, Activations::Full, Part::Everything)?;

    let [x, y, z] = window;
    println!("One window of {x} × {y} × {z}, heads included\n");
    println!("                                    fast       lean  fast, f16");
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let row = |words: &str, of: &dyn Fn(&Plan) -> f64, unit: &str| {
        let [fast, lean, half] = [&fast, &lean, &half].map(of);
        println!("{words:<28} {fast:>11.1}{lean:>11.1}{half:>11.1} {unit}");
    };
    row("memory in use at most", &|plan| mib(plan.peak_bytes), "MiB");
    row("of it weights", &|plan| mib(plan.weights_bytes), "MiB");
    row("largest buffer", &|plan| mib(plan.largest_bytes), "MiB");
    row(
        "arithmetic",
        &|plan| plan.operations() as f64 / 1e9,
        "GFLOP",
    );
    row("bytes moved", &|plan| plan.moved_bytes() as f64 / 1e9, "GB");
    println!("\nLeast milliseconds, each launch at the machine's best:");
    for machine in Machine::ALL {
        let words = format!(
            "{}, {} TFLOP/s, {} GB/s",
            machine.words,
            machine.operations_per_s / 1e12,
            machine.bytes_per_s / 1e9
        );
        println!(
            "{words:<40} {:>8.1}{:>11.1}{:>11.1}",
            1e3 * fast.seconds(&machine),
            1e3 * lean.seconds(&machine),
            1e3 * half.seconds(&machine)
        );
    }
    println!(
        "\nOf the fast plan             GFLOP         GB   integrated     laptop  workstation"
    );
    for kind in Kind::ALL {
        let [(operations, bytes, a), (_, _, b), (_, _, c)] =
            Machine::ALL.map(|machine| fast.of_kind(kind, &machine));
        println!(
            "{:<24} {:>9.2} {:>10.3} {:>12.2} {:>10.2} {:>12.2}",
            kind.words(),
            operations as f64 / 1e9,
            bytes as f64 / 1e9,
            1e3 * a,
            1e3 * b,
            1e3 * c
        );
    }
    Ok(())
}
