//! A foreign checkpoint as torch would have saved it, with weights that find something: those of the
//! bundle that ships, under the names and in the input order of a Swin UNETR for BraTS 2021.

#[path = "../../../model/tests/foreign/archive.rs"]
mod archive;
#[path = "../../../model/tests/foreign/pickle.rs"]
mod pickle;
#[path = "../../../model/tests/foreign/torch.rs"]
#[expect(dead_code, reason = "other tests save tensors in every way")]
mod torch;

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use torch::{Place, Saved};

/// Where FLAIR, T1ce, T1, T2 stand among FLAIR, T1, T1ce, T2.
const THEIR_ORDER: [usize; 4] = [0, 2, 1, 3];

type Tensor = (String, Vec<usize>, Vec<f32>);

/// Writes a `.pt` of the Swin UNETR in `bundle`. Its three outputs are tumour core, whole tumour and
/// enhancing tumour: differences of the bundle's four.
pub(crate) fn write(bundle: &Path, to: &Path) -> Result<()> {
    let mut tensors: Vec<Tensor> = tensors(&fs::read(bundle)?)?
        .into_iter()
        .filter(|(name, ..)| {
            let parts = ["swinViT.", "encoder", "decoder", "out."];
            parts.iter().any(|part| name.starts_with(part))
        })
        .collect();
    for (name, shape, values) in &mut tensors {
        match name.as_str() {
            "swinViT.patch_embed.proj.weight"
            | "encoder1.layer.conv1.conv.weight"
            | "encoder1.layer.conv3.conv.weight" => {
                let kernel = shape[2..].iter().product();
                let filters: Vec<&[f32]> = values.chunks(kernel).collect();
                let theirs = filters
                    .chunks(4)
                    .flat_map(|four| THEIR_ORDER.map(|at| four[at]));
                *values = theirs.flatten().copied().collect();
            }
            "out.conv.conv.weight" | "out.conv.conv.bias" => {
                let length = values.len() / 4;
                let class: Vec<&[f32]> = values.chunks(length).collect();
                let minus = |a: usize, b: usize| class[a].iter().zip(class[b]).map(|(a, b)| a - b);
                let theirs = minus(3, 2).chain(minus(2, 0)).chain(minus(3, 1));
                *values = theirs.collect();
                shape[0] = 3;
            }
            _ => {}
        }
        *name = format!("module.{name}");
    }
    let file = Saved::of(&tensors).file(Place::Under("state_dict"));
    fs::write(to, file).with_context(|| format!("writing {}", to.display()))
}

/// The tensors of a safetensors file of 16-bit numbers.
fn tensors(file: &[u8]) -> Result<Vec<Tensor>> {
    let length = file.first_chunk().context("the bundle is empty")?;
    let start = 8 + usize::try_from(u64::from_le_bytes(*length))?;
    let header: Value = serde_json::from_slice(&file[8..start])?;
    let entries = header.as_object().context("the header is an object")?;
    let named = entries.iter().filter(|(name, _)| *name != "__metadata__");
    named
        .map(|(name, entry)| {
            let shape = serde_json::from_value(entry["shape"].clone())?;
            let [from, to]: [usize; 2] = serde_json::from_value(entry["data_offsets"].clone())?;
            let halves = file[start + from..start + to].chunks_exact(2);
            let values = halves.map(|half| from_f16(u16::from_le_bytes([half[0], half[1]])));
            Ok((name.clone(), shape, values.collect()))
        })
        .collect()
}

/// A finite half.
fn from_f16(half: u16) -> f32 {
    let sign = if half >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, mantissa) = (i32::from(half >> 10 & 31), f32::from(half & 1023));
    sign * match exponent {
        0 => mantissa / 1024.0 * 2_f32.powi(-14),
        _ => (1.0 + mantissa / 1024.0) * 2_f32.powi(exponent - 15),
    }
}
