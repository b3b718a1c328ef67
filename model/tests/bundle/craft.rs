//! Bundles made by hand, apart from the crate's own writer, so that each can be wrong in one way.

use mts_unet::bundle::{Card, Manifest};
use mts_unet::golden;
use mts_unet::network::MtsUnetConfig;
use mts_unet::network::config::{HeadConfig, HeadInput, SwinUnetrConfig, Task};
use mts_unet::parameters;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A tensor as a file has it.
#[derive(Clone)]
pub struct Raw {
    pub name: String,
    pub dtype: &'static str,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

/// The smallest network with every head.
pub fn config() -> MtsUnetConfig {
    let head = |task, input, classes| HeadConfig {
        task,
        input,
        classes,
    };
    MtsUnetConfig::new(SwinUnetrConfig::new(12)).with_heads(vec![
        head(Task::Idh, HeadInput::Dsf, 2),
        head(Task::Codeletion1p19q, HeadInput::Dsf, 2),
        head(Task::Grade, HeadInput::Tafe, 3),
    ])
}

/// A manifest in which no two numbers are alike.
pub fn manifest() -> Manifest {
    let card = Card {
        summary: "for tests".into(),
        licence: "CC0-1.0".into(),
        ..Card::default()
    };
    let mut manifest = Manifest::new("handmade", config(), card);
    manifest.spacing_mm = [1.5, 1.25, 2.0];
    manifest.window = [96, 64, 128];
    manifest.overlap = 0.25;
    manifest.orientation = "LPS".into();
    manifest.temperatures.insert("idh".into(), 1.75);
    manifest.sure_from.insert("grade".into(), 0.625);
    manifest
}

/// Every tensor of the network, with numbers that differ from place to place.
pub fn tensors() -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let network = config()
        .init(&burn::tensor::Device::flex())
        .expect("the configuration is sound");
    let named = parameters::list(&network).into_iter().enumerate();
    named
        .map(|(stream, (name, shape))| {
            let count: usize = shape.iter().product();
            let values = (0..count)
                .map(|i| golden::uniform(stream as u64, i as u64) as f32 * 0.1)
                .collect();
            (name, shape, values)
        })
        .collect()
}

/// `tensors` as f32.
pub fn raw(tensors: &[(String, Vec<usize>, Vec<f32>)]) -> Vec<Raw> {
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    tensors
        .iter()
        .map(|(name, shape, values)| Raw {
            name: name.clone(),
            dtype: "F32",
            shape: shape.clone(),
            bytes: bytes(values),
        })
        .collect()
}

/// A file of these tensors whose digests are right, whatever else is not. `document` is the
/// manifest; its `tensors_sha256` is filled in.
pub fn sealed(mut document: Value, tensors: &[Raw]) -> Vec<u8> {
    document["tensors_sha256"] = tensors_digest(tensors).into();
    sealed_as(document, tensors)
}

/// The same with the manifest as it stands.
pub fn sealed_as(document: Value, tensors: &[Raw]) -> Vec<u8> {
    let text = document.to_string();
    container(
        &json!({ "mts_bundle_sha256": hex(&Sha256::digest(&text)), "mts_bundle": text }),
        tensors,
    )
}

/// A safetensors file with this metadata.
pub fn container(metadata: &Value, tensors: &[Raw]) -> Vec<u8> {
    let mut header = json!({ "__metadata__": metadata });
    let mut data = Vec::new();
    for Raw {
        name,
        dtype,
        shape,
        bytes,
    } in tensors
    {
        let offsets = [data.len(), data.len() + bytes.len()];
        header[name] = json!({ "dtype": dtype, "shape": shape, "data_offsets": offsets });
        data.extend(bytes);
    }
    with_header(header.to_string().as_bytes(), &data)
}

/// The format's frame around a header and data.
pub fn with_header(header: &[u8], data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header, data].concat()
}

/// The digest as the documentation says, written from there.
fn tensors_digest(tensors: &[Raw]) -> String {
    let mut sorted: Vec<&Raw> = tensors.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut all = Vec::new();
    for Raw {
        name,
        dtype,
        shape,
        bytes,
    } in sorted
    {
        let shape = shape
            .iter()
            .map(usize::to_string)
            .collect::<Vec<_>>()
            .join(",");
        all.extend(format!("{name}\0{dtype}\0{shape}\0").into_bytes());
        all.extend(bytes);
    }
    hex(&Sha256::digest(&all))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
