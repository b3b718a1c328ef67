//! Each shader is valid, and answers as its twin does; so does the CPU's own implementation.
#![cfg(all(feature = "network", not(target_arch = "wasm32")))]

mod accumulate_window;
mod conv3d;
mod instance_norm;
mod linear;
mod on;
mod pace;
mod to_norm;
mod token_norm;
mod upsample;
mod window_attention;

use burn::tensor::{DType, Device, Tensor, TensorData};
use mts_unet::{device, kernels};

#[test]
fn every_shader_is_valid_webgpu() {
    let sources = kernels::sources();
    assert!(!sources.is_empty());
    for source in sources {
        let module = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|e| panic!("{}", e.emit_to_string(&source)));
        // No capabilities beyond WebGPU's own, and f16 where the shader asks for it.
        let capabilities = match source.contains("enable f16;") {
            true => naga::valid::Capabilities::SHADER_FLOAT16,
            false => naga::valid::Capabilities::empty(),
        };
        let flags = naga::valid::ValidationFlags::all();
        let mut validator = naga::valid::Validator::new(flags, capabilities);
        validator
            .validate(&module)
            .unwrap_or_else(|e| panic!("{}", e.emit_to_string(&source)));
        assert!(
            module.entry_points.iter().any(|entry| entry.name == "main"),
            "no main: {source}"
        );
    }
}

#[test]
fn every_shader_file_is_checked() {
    let shaders = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shaders");
    let sources = kernels::sources();
    let training = cfg!(feature = "train").then_some("training");
    let folders = ["compute"].into_iter().chain(training);
    let files = folders
        .flat_map(|folder| std::fs::read_dir(shaders.join(folder)).expect("the shaders' folder"));
    for entry in files {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        let title = text.lines().next().expect("a first line");
        assert!(
            sources.iter().any(|source| source.starts_with(title)),
            "{} is in no kernel's sources",
            path.display()
        );
    }
}

/// The machine's GPU, or a line that says why there is none.
fn gpu() -> Option<Device> {
    match pollster::block_on(device::open_gpu()) {
        Ok(gpu) => {
            println!("on {}", gpu.words);
            Some(gpu.device)
        }
        Err(error) => {
            println!("skipped, no GPU: {error}");
            None
        }
    }
}

/// Numbers in −1 to 1, none like its neighbours.
fn numbers(count: usize, salt: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 31 + i / 7 * 17 + salt) % 997) as f32 / 499.0 - 1.0)
        .collect()
}

fn tensor(values: &[f32], shape: [usize; 5], device: &Device) -> Tensor<5> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = pollster::block_on(tensor.into_data_async()).expect("the device answers");
    data.convert::<f32>().try_to_vec().expect("it is f32")
}

/// `tolerance` is absolute up to 1, and relative beyond. f16 may be off by its own rounding besides, unless the very
/// numbers are asked for: by a tolerance of 0.
fn close(found: &Tensor<5>, expected: &[f32], tolerance: f32) {
    let rounding = match found.dtype() {
        DType::F16 if tolerance > 0.0 => on::ROUNDING,
        _ => 0.0,
    };
    let found = read(found.clone());
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs()
                <= tolerance * expected.abs().max(1.0) + rounding * expected.abs(),
            "{at}: {found} instead of {expected}"
        );
    }
}
