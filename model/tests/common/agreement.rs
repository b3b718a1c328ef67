//! Whether two devices give voxels the same class.

use burn::tensor::{Device, Tensor};
use mts_unet::golden::{Case, GoldenFile};
use mts_unet::network::Finest;

/// The part of the voxels whose class two devices agree on, over the whole output; the finest level of the first
/// one's as `finest` says, of the second one's in whole volumes.
pub async fn argmax_agreement(
    file: &GoldenFile,
    case: &Case,
    (a, finest): (&Device, Finest),
    b: &Device,
) -> f64 {
    let a = classes(file, case, finest, a).await;
    let b = classes(file, case, Finest::Whole, b).await;
    assert_eq!(a.len(), b.len());
    a.iter().zip(&b).filter(|(a, b)| a == b).count() as f64 / a.len() as f64
}

/// The likeliest channel of each voxel, found on the CPU so that only the network is compared.
async fn classes(file: &GoldenFile, case: &Case, finest: Finest, device: &Device) -> Vec<usize> {
    let network = file.network(case, finest, device).unwrap();
    let logits: Tensor<5> = network.segment(file.input(case, device)).unwrap();
    let channels = logits.dims()[1];
    let values = logits
        .into_data_async()
        .await
        .unwrap()
        .try_to_vec::<f32>()
        .unwrap();
    let voxels = values.len() / channels;
    let best = |voxel: usize| {
        let value = |c: usize| values[c * voxels + voxel];
        (0..channels)
            .max_by(|&i, &j| value(i).total_cmp(&value(j)))
            .unwrap()
    };
    (0..voxels).map(best).collect()
}
