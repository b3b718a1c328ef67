//! What is planned for which device, and what it is on paper.
#![cfg(all(feature = "network", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, reason = "tests")]

use burn::tensor::Device;
use mts_unet::bundle::{self, Bundle, Storage};
use mts_unet::device::{self, DeviceChoice, Limits, Opened};
use mts_unet::network::config::{HeadConfig, HeadInput, SwinUnetrConfig, Task};
use mts_unet::network::{Activations, Finest, MtsUnetConfig};
use mts_unet::pipeline::Reader;
use mts_unet::plan::{Kind, Machine, Part, Plan};
use mts_unet::{ModelError, golden};

const MIB: u64 = 1 << 20;
const FULL: Activations = Activations::Full;

fn limits(bytes: u64) -> Option<Limits> {
    Some(Limits {
        storage_binding_bytes: bytes,
        buffer_bytes: 2 * bytes,
    })
}

/// The paper's size, with all that the released network has.
fn full_size() -> MtsUnetConfig {
    let head = |task, classes| HeadConfig {
        task,
        input: HeadInput::Dsf,
        classes,
    };
    let heads = vec![
        head(Task::Idh, 2),
        head(Task::Codeletion1p19q, 2),
        head(Task::Grade, 3),
    ];
    MtsUnetConfig::new(SwinUnetrConfig::new(48)).with_heads(heads)
}

#[test]
fn a_large_binding_gets_whole_volumes_and_a_small_one_groups() {
    let config = full_size();
    let fast = Plan::choose(&config, [96; 3], limits(1024 * MIB), FULL).unwrap();
    assert_eq!(fast.finest, Finest::Whole);
    assert_eq!(fast.largest_bytes, 48 * 96 * 96 * 96 * 4);
    let on_cpu = Plan::choose(&config, [96; 3], None, FULL).unwrap();
    assert_eq!(on_cpu, fast);
    let lean = Plan::choose(&config, [96; 3], limits(128 * MIB), FULL).unwrap();
    assert_eq!(lean.finest, Finest::Groups(12));
    assert!(lean.largest_bytes <= 128 * MIB);
    println!(
        "in use at most: fast {} MiB, lean {} MiB, of each weights {} MiB",
        fast.peak_bytes / MIB,
        lean.peak_bytes / MIB,
        fast.weights_bytes / MIB
    );
    assert!(fast.peak_bytes <= 1638 * MIB);
    assert!(lean.peak_bytes <= 900 * MIB);
}

#[test]
fn what_no_plan_can_hold_is_refused_with_what_would_fit() {
    let refused = Plan::choose(&full_size(), [128; 3], limits(128 * MIB), FULL).unwrap_err();
    assert!(matches!(
        refused,
        ModelError::TooLarge { fits: Some(96), .. }
    ));
    assert_eq!(
        refused.to_string(),
        "the model's window of 128 × 128 × 128 voxels needs a buffer of 192 MiB, and the graphics processor \
         takes 128 MiB at most; windows of 96³ would fit"
    );
    assert!(refused.mend().contains("CPU"));
    // Its largest weights alone are more.
    let refused = Plan::choose(&full_size(), [96; 3], limits(32 * MIB), FULL).unwrap_err();
    assert!(matches!(refused, ModelError::TooLarge { fits: None, .. }));
}

#[test]
fn a_window_that_makes_no_forward_makes_no_plan() {
    let config = MtsUnetConfig::new(SwinUnetrConfig::new(12));
    for window in [[64, 64, 80], [0, 64, 64], [32; 3]] {
        let plan = Plan::new(&config, window, 1, Finest::Whole, FULL, Part::Segmentation);
        let refused = matches!(plan, Err(ModelError::InputShape { .. }));
        assert!(refused, "{window:?}");
        assert!(Plan::choose(&config, window, limits(MIB), FULL).is_err());
    }
}

#[test]
fn what_a_gpu_cannot_hold_is_read_on_the_cpu() {
    let (manifest, tensors) = golden::untrained().unwrap();
    let bundle = bundle::write(manifest, tensors, Storage::F16).unwrap();
    let bundle = Bundle::read(bundle).unwrap();
    let gpu = |bytes| Opened {
        device: Device::flex(),
        kind: device::Kind::Gpu,
        words: "a GPU on paper".into(),
        limits: limits(bytes),
        activations: Activations::Half,
    };
    let on = |bytes, choice| Reader::on_what_holds_it(&bundle, gpu(bytes), choice);
    let (reader, opened, why) = on(1024 * MIB, DeviceChoice::Auto).unwrap();
    assert_eq!((opened.kind, why), (device::Kind::Gpu, None));
    let plan = reader.plan(Part::Everything).unwrap();
    assert_eq!(plan.activations, Activations::Half);
    let (reader, opened, why) = on(MIB, DeviceChoice::Auto).unwrap();
    assert_eq!(opened.kind, device::Kind::Cpu);
    let plan = reader.plan(Part::Everything).unwrap();
    assert_eq!((plan.finest, plan.activations), (Finest::Whole, FULL));
    let why = why.unwrap();
    assert!(why.contains("takes 1 MiB at most"), "{why}");
    // Whoever insists on it hears the same as an error.
    let refused = on(MIB, DeviceChoice::Gpu).unwrap_err();
    assert!(matches!(refused, ModelError::TooLarge { .. }));
}

#[test]
fn a_batch_doubles_what_is_computed_and_not_the_weights() {
    let config = MtsUnetConfig::new(SwinUnetrConfig::new(12));
    let of = |batch| {
        Plan::new(
            &config,
            [64; 3],
            batch,
            Finest::Whole,
            FULL,
            Part::Everything,
        )
        .unwrap()
    };
    let (one, two) = (of(1), of(2));
    assert_eq!(two.operations(), 2 * one.operations());
    assert_eq!(two.weights_bytes, one.weights_bytes);
    let activations = |plan: &Plan| plan.peak_bytes - plan.weights_bytes;
    assert!(activations(&two) > activations(&one) * 19 / 10);
    assert!(activations(&two) <= 2 * activations(&one));
}

#[test]
fn half_the_bytes_lie_and_move_where_activations_are_f16() {
    for finest in [Finest::Whole, Finest::Groups(12)] {
        for part in [Part::Everything, Part::Segmentation] {
            let of = |activations| {
                Plan::new(&full_size(), [96; 3], 1, finest, activations, part).unwrap()
            };
            let (full, half) = (of(FULL), of(Activations::Half));
            assert_eq!(full.operations(), half.operations());
            assert_eq!(full.weights_bytes, half.weights_bytes);
            let activations = |plan: &Plan| (plan.peak_bytes - plan.weights_bytes) as f64;
            let share = activations(&half) / activations(&full);
            let moved = half.moved_bytes() as f64 / full.moved_bytes() as f64;
            println!("{finest:?} {part:?}: {share:.3} of the memory, {moved:.3} moved");
            // Input, logits and moments stay f32; the weights are moved, too.
            assert!((0.5..0.56).contains(&share) && (0.5..0.58).contains(&moved));
        }
    }
    // What whole volumes in f32 are too large for.
    let half = Plan::choose(&full_size(), [96; 3], limits(128 * MIB), Activations::Half).unwrap();
    assert_eq!(half.finest, Finest::Whole);
}

/// Run with `--nocapture`, it prints what the README says.
#[test]
fn on_paper() {
    println!(
        "{:<24} {:>8} {:>8} {:>8} {:>8} {:>11} {:>9} {:>12}",
        "", "GFLOP", "GB", "peak MiB", "lean MiB", "integrated", "laptop", "workstation"
    );
    for (feature_size, edge) in [(12, 64), (12, 96), (24, 96), (48, 64), (48, 96), (48, 128)] {
        let config = MtsUnetConfig::new(SwinUnetrConfig::new(feature_size));
        let window = [edge; 3];
        let plan = Plan::new(&config, window, 1, Finest::Whole, FULL, Part::Segmentation).unwrap();
        let lean = Plan::lean(&config, window, FULL, Part::Segmentation).unwrap();
        let [a, b, c] = Machine::ALL.map(|machine| 1e3 * plan.seconds(&machine));
        println!(
            "{:<24} {:>8.1} {:>8.2} {:>8} {:>8} {a:>8.1} ms {b:>6.1} ms {c:>9.1} ms",
            format!("feature size {feature_size}, {edge}³"),
            plan.operations() as f64 / 1e9,
            plan.moved_bytes() as f64 / 1e9,
            plan.peak_bytes / MIB,
            lean.peak_bytes / MIB,
        );
        let kinds = Kind::ALL.map(|kind| plan.of_kind(kind, &Machine::LAPTOP));
        assert_eq!(
            kinds.map(|kind| kind.0).iter().sum::<u64>(),
            plan.operations()
        );
        // Nothing is faster than its arithmetic, nor than its memory.
        for machine in Machine::ALL {
            let arithmetic = plan.operations() as f64 / machine.operations_per_s;
            let memory = plan.moved_bytes() as f64 / machine.bytes_per_s;
            let seconds = plan.seconds(&machine);
            assert!(arithmetic.max(memory) <= seconds && seconds <= arithmetic + memory);
        }
    }
    // Counted by hand from the published layers, without attention's scores and the norms.
    let config = MtsUnetConfig::new(SwinUnetrConfig::new(12));
    let plan = Plan::new(&config, [64; 3], 1, Finest::Whole, FULL, Part::Segmentation).unwrap();
    let counted = 11.9e9;
    let kinds = [Kind::Convolution, Kind::Upsample, Kind::Linear];
    let operations = kinds.map(|kind| plan.of_kind(kind, &Machine::LAPTOP).0);
    let operations: u64 = operations.iter().sum();
    println!("feature size 12, 64³, products alone: {operations}");
    assert!((operations as f64 / counted - 1.0).abs() < 0.02);
}
