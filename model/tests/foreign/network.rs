//! Synthetic checkpoints with exactly the names and shapes of the published ones.

use burn::tensor::Device;
use mts_unet::golden::uniform;
use mts_unet::network::MtsUnetConfig;
use mts_unet::network::config::{Merging, Segmentation, SwinUnetrConfig};
use mts_unet::parameters;

use super::torch::Saved;

pub type Tensors = Vec<(String, Vec<usize>, Vec<f32>)>;

/// A small Swin UNETR as the published ones are: three sigmoid outputs, the old merging.
pub fn config(depths: [usize; 4]) -> MtsUnetConfig {
    let backbone = SwinUnetrConfig::new(12)
        .with_out_channels(3)
        .with_depths(depths)
        .with_merging(Merging::Legacy);
    MtsUnetConfig::new(backbone).with_segmentation(Segmentation::Sigmoid3)
}

/// Its parameters with numbers that differ from place to place, of about the size that training
/// leaves.
pub fn tensors(config: &MtsUnetConfig) -> Tensors {
    let network = config
        .init(&Device::flex())
        .expect("the configuration is sound");
    let named = parameters::list(&network).into_iter().enumerate();
    named
        .map(|(stream, (name, shape))| {
            let fan: usize = shape.iter().skip(1).product();
            let scale = (3.0 / fan as f64).sqrt();
            let count = shape.iter().product::<usize>() as u64;
            let values = (0..count)
                .map(|i| (scale * uniform(stream as u64, i)) as f32)
                .collect();
            (name, shape, values)
        })
        .collect()
}

/// The same as a checkpoint, with each block's index buffer.
pub fn saved(tensors: &Tensors) -> Saved {
    let mut saved = Saved::of(tensors);
    let index = saved.storage("LongStorage", vec![0; 343 * 343 * 8]);
    for (name, _, _) in tensors {
        if let Some(attention) = name.strip_suffix("relative_position_bias_table") {
            let buffer = format!("{attention}relative_position_index");
            saved.view(&buffer, index, 0, &[343, 343], &[343, 1]);
        }
    }
    saved
}

/// The sixteen tensors of self-supervised pretraining's heads.
pub fn add_pretraining_heads(saved: &mut Saved) {
    let storage = saved.storage("FloatStorage", vec![0; 64]);
    let convolutions = [0, 4, 8, 12, 16, 20].map(|layer| format!("conv.{layer}"));
    let heads = ["rotation_head", "contrastive_head"].map(String::from);
    for head in convolutions.iter().chain(&heads) {
        saved.view(&format!("{head}.weight"), storage, 0, &[2, 4], &[4, 1]);
        saved.view(&format!("{head}.bias"), storage, 8, &[2], &[1]);
    }
}
