//! Whether a converted network answers at all: it is tried on a tumour that is known.
//!
//! Checks of names and shapes pass a network whose neighbours are merged in another order, whose
//! sequences go in in another, or whose numbers some writer scrambled (safetensors 0.8.0 does that to
//! NumPy arrays that are not in C order). What it finds tells all three.

use burn::tensor::{Device, Tensor, TensorData};
use imaging::{ImagingError, Sequence, nifti};

use super::{Conversion, Trial, Tried};
use crate::ModelError;
use crate::network::tumour_probability;
use crate::parameters;

/// Edge of the window, in voxels of 1 mm.
const EDGE: usize = 64;
const VOXELS: usize = EDGE * EDGE * EDGE;

/// Above this probability, a voxel is tumour.
const TUMOUR: f32 = 0.5;

/// One window around the sample's tumour, as the pipeline gives it to a network, and where the tumour
/// is.
#[derive(Clone, Debug)]
pub struct KnownTumour {
    /// `[channel, x, y, z]`, channels FLAIR, T1, T1ce, T2: z-scores in the brain, 0 outside; axes LPS,
    /// which BraTS has.
    input: Vec<f32>,
    /// `[x, y, z]`: whole tumour.
    tumour: Vec<bool>,
}

impl KnownTumour {
    /// Reads the file: a NIfTI of 64 × 64 × 320 voxels, along z the four sequences in their order and
    /// the labels.
    ///
    /// # Errors
    /// If it is another file.
    pub fn read(file: &[u8]) -> Result<Self, ModelError> {
        let series = nifti::read(file)?;
        let volume = series.volume;
        let [found, expected] = [
            volume.grid.dims,
            [EDGE, EDGE, (Sequence::ALL.len() + 1) * EDGE],
        ];
        if found != expected {
            return Err(ImagingError::GridMismatch { found, expected }.into());
        }
        let z_fastest = |part: usize| {
            let places = (0..VOXELS).map(|i| (i / EDGE / EDGE, i / EDGE % EDGE, i % EDGE));
            places.map(move |(x, y, z)| x + EDGE * (y + EDGE * (z + EDGE * part)))
        };
        let parts = 0..Sequence::ALL.len();
        let input = parts.flat_map(z_fastest).map(|place| volume.data[place]);
        let tumour = z_fastest(Sequence::ALL.len()).map(|place| volume.data[place] > TUMOUR);
        Ok(Self {
            input: input.collect(),
            tumour: tumour.collect(),
        })
    }
}

impl Conversion {
    /// Tries the network on the window, on the CPU, under each order of merging that it may have. The
    /// conversion stays as it is; see [`Self::settle`].
    ///
    /// # Errors
    /// If the device fails.
    pub async fn try_on(&self, known: &KnownTumour) -> Result<Trial, ModelError> {
        let device = Device::flex();
        let mut source = |name: &str, shape: &[usize]| {
            let place = self
                .tensors
                .binary_search_by(|(n, _, _)| n.as_str().cmp(name));
            let found = place.ok().map(|place| &self.tensors[place].2);
            found.cloned().ok_or_else(|| ModelError::MissingTensor {
                name: name.into(),
                expected: shape.to_vec(),
            })
        };
        let config = &self.manifest.network;
        let mut network = parameters::fill(config.init(&device)?, &mut source)?;
        let shape = [1, Sequence::ALL.len(), EDGE, EDGE, EDGE];
        let input = TensorData::new(known.input.clone(), shape);
        let input = Tensor::<5>::from_data(input, &device);
        let mut tried = Vec::new();
        for merging in self.mergings() {
            network = network.with_merging(merging);
            let logits = network.segment(input.clone())?;
            let found = tumour_probability(logits, config.segmentation);
            let found = found.into_data_async().await;
            let found = found.map_err(|error| ModelError::Device(format!("{error:?}")))?;
            let found = found.as_slice::<f32>();
            let found = found.map_err(|error| ModelError::Device(format!("{error:?}")))?;
            let dice = dice(found, &known.tumour);
            tried.push(Tried { merging, dice });
        }
        Ok(Trial { tried })
    }
}

/// 2·|A∩B| / (|A|+|B|) of where `probability` says tumour and where `tumour` is; a probability that is no
/// number says none.
fn dice(probability: &[f32], tumour: &[bool]) -> f64 {
    let (mut both, mut total) = (0_u32, 0_u32);
    for (&p, &is_tumour) in probability.iter().zip(tumour) {
        let is_found = p > TUMOUR;
        both += u32::from(is_found && is_tumour);
        total += u32::from(is_found) + u32::from(is_tumour);
    }
    f64::from(2 * both) / f64::from(total.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_counts_what_both_have_twice() {
        let tumour = [true, true, true, false, false];
        let p = [0.9, 0.6, 0.5, 0.7, f32::NAN];
        assert_eq!(dice(&p, &tumour), 2.0 * 2.0 / 6.0);
        assert_eq!(dice(&[0.0; 5], &tumour), 0.0);
        assert_eq!(dice(&[0.0; 5], &[false; 5]), 0.0);
    }
}
