//! Opening devices, and testing them.
#![cfg(feature = "network")]

use burn::tensor::DType;
use mts_unet::device::{self, HALF_TOLERANCE, Kind, TOLERANCE};
use mts_unet::network::Activations;

#[test]
fn the_cpu_passes_and_is_timed() {
    let cpu = device::open_cpu();
    assert_eq!(cpu.kind, Kind::Cpu);
    let passed = pollster::block_on(device::self_test(&cpu.device, true, |_| ())).unwrap();
    assert_eq!(passed.max_difference, 0.0);
    assert!(passed.timing.seconds > 0.0);
    assert_eq!(device::memory(&cpu.device), None);
    assert_eq!(cpu.activations, Activations::Full);
    let half = device::half_test(&cpu.device, |_| unreachable!("the CPU stores f32"));
    assert_eq!(pollster::block_on(half).unwrap(), None);
}

#[test]
fn a_gpu_opens_once_passes_its_test_and_counts_its_memory() {
    let gpu = match pollster::block_on(device::open_gpu()) {
        Ok(gpu) => gpu,
        Err(error) => return println!("skipped, no GPU: {error}"),
    };
    let again = pollster::block_on(device::open_gpu()).unwrap();
    assert_eq!(gpu.words, again.words);
    assert!(gpu.limits.unwrap().storage_binding_bytes >= 128 << 20);
    let mut shares = Vec::new();
    let test = device::self_test(&gpu.device, true, |done| shares.push(done));
    let passed = pollster::block_on(test).unwrap();
    println!("{}: {passed:?}", gpu.words);
    assert!(shares.len() > 2 && shares.is_sorted(), "{shares:?}");
    // What has passed is not tested again.
    let again = device::self_test(&gpu.device, true, |_| {
        unreachable!("there is nothing to do")
    });
    assert_eq!(pollster::block_on(again).unwrap(), passed);
    // Exactly 0 would mean that the CPU was compared with itself.
    assert!(passed.max_difference > 0.0 && passed.max_difference <= TOLERANCE);
    let half = pollster::block_on(device::half_test(&gpu.device, |_| ())).unwrap();
    println!("{half:?}");
    match half {
        Some(half) => {
            assert!(half.max_difference > passed.max_difference, "{half:?}");
            assert!(half.max_difference <= HALF_TOLERANCE && half.same_class >= 0.999);
            assert_eq!(half.timing.window, passed.timing.window);
        }
        None => assert!(!gpu.device.supports_dtype(DType::F16)),
    }
    let memory = device::memory(&gpu.device).unwrap();
    assert!(
        memory.bytes_reserved >= memory.bytes_in_use && memory.bytes_reserved > 0,
        "{memory:?}"
    );
}

#[test]
fn a_device_that_stores_f16_says_so() {
    let opened = || device::Opened {
        words: "a GPU".into(),
        ..device::open_cpu()
    };
    assert_eq!(opened().storing(Activations::Full).words, "a GPU");
    let half = opened().storing(Activations::Half);
    assert_eq!(half.words, "a GPU, half-precision storage");
    assert_eq!(half.activations, Activations::Half);
    // However often it is said.
    assert_eq!(half.clone().storing(Activations::Half).words, half.words);
}
