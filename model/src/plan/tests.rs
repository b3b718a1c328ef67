//! The books against CubeCL's own count, launch by launch.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Mutex;

use burn::tensor::{DType, Device, Tensor};

use super::*;
use crate::device::open_gpu;
use crate::golden;
use crate::kernels::{conv3d_to_norm, instance_norm_of, watch};
use crate::network::config::{HeadConfig, HeadInput, Merging, SwinUnetrConfig, Task};
use crate::network::{Heads, Mismatch};

/// The sizes that a launch is told lie in a buffer of some 40 bytes, which CubeCL holds until the queue is
/// flushed: two hundred of them at most. Beside them nothing is left out.
const SIZES_BYTES: u64 = 44;
const HELD_LAUNCHES: usize = 200;

const FULL: Activations = Activations::Full;
const HALF: Activations = Activations::Half;

/// Of a few launches.
const TOLERANCE: u64 = 1 << 10;

/// What is counted is the whole device's.
static ALONE: Mutex<()> = Mutex::new(());

/// The machine's GPU, or a line that says why there is none.
fn gpu() -> Option<Device> {
    let opened = pollster::block_on(open_gpu());
    let opened = opened.inspect_err(|error| println!("skipped: {error}"));
    Some(opened.ok()?.device)
}

fn in_use(device: &Device) -> u64 {
    crate::device::memory(device).unwrap().bytes_in_use
}

/// The most that was in use beyond what was before the input was there.
fn counted(
    config: &MtsUnetConfig,
    window: [usize; 3],
    (finest, activations): (Finest, Activations),
    part: Part,
    device: &Device,
) -> u64 {
    let network = golden::network(config, device).unwrap();
    let network = network.with_finest(finest).with_activations(activations);
    let before = in_use(device);
    watch::start();
    let x = golden::input(4, window, device);
    match part {
        Part::Segmentation => drop(network.segment(x).unwrap()),
        Part::Everything => {
            let pass = network.backbone().pass(x.clone()).unwrap();
            let heads = Heads::new(config, &Device::flex());
            let answers = network.finish_apart(x, pass, Mismatch::Seen, &heads);
            drop(pollster::block_on(answers).unwrap());
        }
    }
    watch::most_bytes() - before
}

#[test]
fn the_peak_is_what_the_allocator_counts() {
    let _alone = ALONE.lock().unwrap();
    let Some(device) = gpu() else { return };
    let odd = SwinUnetrConfig::new(24)
        .with_merging(Merging::V2)
        .with_depths([2, 1, 2, 1]);
    for (backbone, window) in [(SwinUnetrConfig::new(12), [64; 3]), (odd, [96, 32, 64])] {
        let config = MtsUnetConfig::new(backbone);
        // In groups of two the finest level of 12 channels takes less than the comparison of T2 and FLAIR does.
        let with_head = config.clone().with_heads(vec![HeadConfig {
            task: Task::Idh,
            input: HeadInput::Dsf,
            classes: 2,
        }]);
        let all = [
            (&config, Finest::Whole, FULL, Part::Everything),
            (&config, Finest::Whole, FULL, Part::Segmentation),
            (&config, Finest::Groups(8), FULL, Part::Segmentation),
            (&with_head, Finest::Groups(2), FULL, Part::Everything),
            (&config, Finest::Whole, HALF, Part::Everything),
            (&config, Finest::Whole, HALF, Part::Segmentation),
            (&config, Finest::Groups(8), HALF, Part::Segmentation),
            (&with_head, Finest::Groups(2), HALF, Part::Everything),
        ];
        for (config, finest, activations, part) in all {
            if activations == HALF && !device.supports_dtype(DType::F16) {
                println!("skipped, no f16");
                continue;
            }
            let plan = Plan::new(config, window, 1, finest, activations, part).unwrap();
            let expected = plan.peak_bytes - plan.weights_bytes;
            let found = counted(config, window, (finest, activations), part, &device);
            let sizes = SIZES_BYTES * plan.launches.len().min(HELD_LAUNCHES) as u64;
            println!(
                "{window:?} {finest:?} {activations:?} {part:?}: planned {expected}, counted {found}, sizes at most {sizes}"
            );
            assert!(found.abs_diff(expected) < sizes);
        }
    }
}

#[test]
fn a_norm_after_a_convolution_takes_its_place() {
    let _alone = ALONE.lock().unwrap();
    let Some(device) = gpu() else { return };
    let x = golden::input(4, [32; 3], &device);
    let weight = Tensor::<5>::ones([12, 4, 3, 3, 3], &device);
    let volume_bytes = 12 * 32 * 32 * 32 * 4;
    // Beside it, where somebody else holds it.
    for (is_held, expected) in [(false, 0), (true, volume_bytes)] {
        let convolved = conv3d_to_norm(x.clone(), weight.clone(), 1, 1);
        assert!(convolved.moments.is_some());
        let held = is_held.then(|| convolved.volume.clone());
        let before = in_use(&device);
        watch::start();
        let normal = instance_norm_of(convolved, 0.01);
        let more = watch::most_bytes() - before;
        println!("held: {is_held}, {more} bytes more");
        assert!(more.abs_diff(expected) < TOLERANCE);
        drop((normal, held));
    }
}

#[test]
fn a_brain_that_is_no_one_buffer_is_refused() {
    let limits = |bytes| {
        Some(Limits {
            storage_binding_bytes: bytes,
            buffer_bytes: bytes,
        })
    };
    let windows = crate::inference::SlidingWindow::default().plan([240, 240, 155]);
    let needed = windows.accumulator_bytes(4);
    assert!(windows.accumulator_bytes(3) < 128 << 20 && needed > 128 << 20);
    // Three classes would fit, and the four sequences that they are found in do not.
    for classes in [4, 3] {
        let backbone = SwinUnetrConfig::new(12).with_out_channels(classes);
        let refused = check_whole(&windows, &backbone, limits(128 << 20)).unwrap_err();
        assert!(
            refused
                .to_string()
                .starts_with("the brain of 240 × 240 × 155")
        );
        check_whole(&windows, &backbone, limits(needed)).unwrap();
        check_whole(&windows, &backbone, None).unwrap();
    }
    // More classes than sequences count, too.
    let six = SwinUnetrConfig::new(12).with_out_channels(6);
    check_whole(&windows, &six, limits(needed)).unwrap_err();
}
