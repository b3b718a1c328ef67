//! A made-up case and a network that has learnt nothing, small enough to be read in a test.
#![allow(clippy::unwrap_used, reason = "tests")]

use imaging::{
    Affine, AffineSource, ByteOrder, Forms, Grid, LengthUnit, RasPoint, Sequence, Series,
    SeriesInfo, Volume, VoxelPoint,
};
use mts_unet::ModelError;
use mts_unet::bundle::{self, Bundle, Storage};
use mts_unet::golden;
use mts_unet::pipeline::{Answers, Case, Options, Reader, Reading};
use mts_unet::progress::Silent;

/// The untrained bundle, coarser, so that a window of 64³ holds the phantom at 3 mm.
pub fn bundle(spacing_mm: f64) -> Bundle {
    let (mut manifest, tensors) = golden::untrained().unwrap();
    manifest.spacing_mm = [spacing_mm; 3];
    manifest.window = [64; 3];
    Bundle::read(bundle::write(manifest, tensors, Storage::F16).unwrap()).unwrap()
}

/// An ellipsoid of the size of a brain, with a texture of its own for each sequence; `spacing_mm` and
/// with it the grid may differ.
pub fn series(sequence: Sequence, spacing_mm: f64) -> Series {
    let dims = [180.0, 210.0, 180.0].map(|mm: f64| (mm / spacing_mm) as usize);
    let origin = dims.map(|n| -(n as f64 - 1.0) / 2.0 * spacing_mm);
    let affine = Affine::axis_aligned([spacing_mm; 3], RasPoint(origin));
    let mut volume = Volume::filled(Grid { dims, affine }, 0.0);
    for offset in 0..volume.data.len() {
        let RasPoint(at) = affine.apply(VoxelPoint::from(volume.grid.index_of(offset)));
        let radius: f64 = at
            .iter()
            .zip([60.0, 75.0, 55.0])
            .map(|(p, r)| (p / r).powi(2))
            .sum();
        if radius <= 1.0 {
            let wave = (at[sequence.channel() % 3] / (7.0 + sequence.channel() as f64)).sin();
            volume.data[offset] = (150.0 + 40.0 * wave + at[0] / 3.0) as f32;
        }
    }
    let info = SeriesInfo {
        nifti_version: 1,
        datatype: "float32".into(),
        byte_order: ByteOrder::Little,
        affine_source: AffineSource::Sform,
        forms: Forms::default(),
        length_unit: LengthUnit::Millimetre,
        orientation: "RAS".into(),
        dims,
        spacing_mm: [spacing_mm; 3],
        slope: 1.0,
        intercept: 0.0,
        non_finite_voxels: 0,
        stored_range: None,
    };
    Series {
        volume,
        info,
        geometry: None,
    }
}

pub fn read(
    reader: &Reader,
    series: [Option<&Series>; 4],
    mirror: bool,
) -> Result<Reading, ModelError> {
    let options = Options {
        as_they_are: true,
        mirror,
        // Its contrasts are none of a brain's.
        answers: Answers::Always,
        ..Options::default()
    };
    pollster::block_on(reader.read_case(Case::new(series), options, &mut Silent))
}
