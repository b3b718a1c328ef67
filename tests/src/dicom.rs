//! DICOM folders to give to the page: a scan laid down as a scanner would, a file a slice, written byte by byte.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use imaging::{Orientation, RasPoint, VoxelPoint, nifti, reorient};

/// What a series says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// *Patient ID*.
    pub patient: &'a str,
    /// *Study Date*, as `20200131`.
    pub date: &'a str,
    /// *Series Number*; the series' UID is made of it and of the study's date.
    pub number: u32,
    /// *Series Description*.
    pub description: &'a str,
    /// Repetition, echo and inversion in ms; 0 where there is none.
    pub times_ms: [u32; 3],
}

/// Writes every `step`th slice of a scan into `folder`, a file each, whose names tell nothing of their order. Voxels
/// become 12 bits.
///
/// # Errors
/// The scan cannot be read, or a file not written.
pub fn series(scan: &Path, step: usize, words: Words<'_>, folder: &Path) -> Result<Vec<PathBuf>> {
    let bytes = fs::read(scan).with_context(|| format!("reading {}", scan.display()))?;
    // Rows run to the patient's left, columns to the back: DICOM's own axes.
    let volume = reorient(&nifti::read(&bytes)?.volume, Orientation::LPS);
    let [nx, ny, nz] = volume.grid.dims;
    let highest = volume.data.iter().copied().fold(1.0, f32::max);
    let spacing = volume.grid.spacing_mm();
    fs::create_dir_all(folder)?;
    let mut files = Vec::new();
    for (count, z) in (0..nz).step_by(step).enumerate() {
        let RasPoint([x, y, height]) = volume.grid.affine.apply(VoxelPoint([0.0, 0.0, z as f64]));
        let slice = &volume.data[nx * ny * z..][..nx * ny];
        let pixels = slice
            .iter()
            .map(|v| (v / highest * 4095.0).max(0.0).round() as u16);
        let pixels: Vec<u8> = pixels.flat_map(u16::to_le_bytes).collect();
        let study = format!(
            "1.2.826.0.1.3680043.10.1.{}.{}",
            words.patient.len(),
            words.date
        );
        let series = format!("{study}.{}", words.number);
        let instance = format!("{series}.{}", count + 1);
        let mut file = DataSet::default();
        file.text(0x0008_0008, b"CS", "ORIGINAL\\PRIMARY\\M\\ND");
        file.text(0x0008_0016, b"UI", MR_IMAGE);
        file.text(0x0008_0018, b"UI", &instance);
        file.text(0x0008_0020, b"DA", words.date);
        file.text(0x0008_0060, b"CS", "MR");
        file.text(0x0008_103E, b"LO", words.description);
        file.text(0x0010_0010, b"PN", "Doe^Jane");
        file.text(0x0010_0020, b"LO", words.patient);
        for (tag, ms) in [0x0018_0080, 0x0018_0081, 0x0018_0082]
            .into_iter()
            .zip(words.times_ms)
        {
            if ms > 0 {
                file.text(tag, b"DS", &ms.to_string());
            }
        }
        file.text(0x0020_000D, b"UI", &study);
        file.text(0x0020_000E, b"UI", &series);
        file.text(0x0020_0011, b"IS", &words.number.to_string());
        file.text(0x0020_0013, b"IS", &(count + 1).to_string());
        // RAS to LPS: the first two axes change their sign.
        file.text(
            0x0020_0032,
            b"DS",
            &format!("{:.4}\\{:.4}\\{height:.4}", -x, -y),
        );
        file.text(0x0020_0037, b"DS", "1\\0\\0\\0\\1\\0");
        file.short(0x0028_0002, 1);
        file.text(0x0028_0004, b"CS", "MONOCHROME2");
        file.short(0x0028_0010, ny as u16);
        file.short(0x0028_0011, nx as u16);
        file.text(
            0x0028_0030,
            b"DS",
            &format!("{:.4}\\{:.4}", spacing[1], spacing[0]),
        );
        for (tag, value) in [
            (0x0028_0100, 16),
            (0x0028_0101, 12),
            (0x0028_0102, 11),
            (0x0028_0103, 0),
        ] {
            file.short(tag, value);
        }
        file.element(0x7FE0_0010, b"OW", &pixels);
        // An order that is neither that of the slices nor of the instances.
        let path = folder.join(format!("IM{:04}", (count * 37) % 1009));
        fs::write(&path, file.with_preamble())?;
        files.push(path);
    }
    Ok(files)
}

const MR_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.4";
const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";

/// Elements in explicit VR, little endian, in the order in which they are given.
#[derive(Default)]
struct DataSet(Vec<u8>);

impl DataSet {
    fn element(&mut self, tag: u32, vr: &[u8; 2], value: &[u8]) {
        self.0.extend(((tag >> 16) as u16).to_le_bytes());
        self.0.extend((tag as u16).to_le_bytes());
        self.0.extend(vr);
        if matches!(vr, b"OW" | b"OB") {
            self.0.extend([0, 0]);
            self.0.extend((value.len() as u32).to_le_bytes());
        } else {
            self.0.extend((value.len() as u16).to_le_bytes());
        }
        self.0.extend(value);
    }

    /// Texts have an even length; identifiers are padded with 0.
    fn text(&mut self, tag: u32, vr: &[u8; 2], text: &str) {
        let mut value = text.as_bytes().to_vec();
        if !value.len().is_multiple_of(2) {
            value.push(if vr == b"UI" { 0 } else { b' ' });
        }
        self.element(tag, vr, &value);
    }

    fn short(&mut self, tag: u32, value: u16) {
        self.element(tag, b"US", &value.to_le_bytes());
    }

    /// As a file.
    fn with_preamble(self) -> Vec<u8> {
        let mut meta = Self::default();
        meta.element(0x0002_0001, b"OB", &[0, 1]);
        meta.text(0x0002_0002, b"UI", MR_IMAGE);
        meta.text(0x0002_0010, b"UI", EXPLICIT_LITTLE);
        let mut length = Self::default();
        length.element(0x0002_0000, b"UL", &(meta.0.len() as u32).to_le_bytes());
        let mut file = vec![0; 128];
        file.extend(b"DICM");
        file.extend(length.0);
        file.extend(meta.0);
        file.extend(self.0);
        file
    }
}
