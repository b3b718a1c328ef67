//! What the tests share: headers laid byte by byte, without the code under test, and phantoms.
#![allow(dead_code, reason = "each test binary uses its own part")]

use flate2::{Compression, write::GzEncoder};
use imaging::{Affine, ByteOrder, Grid, Volume};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A NIfTI file in the making. Fields are public so that a test can spoil one.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) version: u8,
    pub(crate) order: ByteOrder,
    pub(crate) pair: bool,
    pub(crate) dim: Vec<i64>,
    pub(crate) datatype: i16,
    pub(crate) pixdim: [f64; 8],
    pub(crate) vox_offset: f64,
    pub(crate) slope: f64,
    pub(crate) intercept: f64,
    pub(crate) units: u8,
    pub(crate) qform_code: i16,
    pub(crate) sform_code: i16,
    pub(crate) quatern: [f64; 3],
    pub(crate) qoffset: [f64; 3],
    pub(crate) srow: [[f64; 4]; 3],
    /// Bytes between the header and the image.
    pub(crate) between: Vec<u8>,
    pub(crate) image: Vec<u8>,
}

impl File {
    /// A 3×4×5 volume of `uint8` 0, 1, 2, … with an sform, little-endian NIfTI-1.
    pub(crate) fn small() -> Self {
        Self {
            version: 1,
            order: ByteOrder::Little,
            pair: false,
            dim: vec![3, 3, 4, 5],
            datatype: 2,
            pixdim: [1.0, 2.0, 3.0, 4.0, 1.0, 1.0, 1.0, 1.0],
            vox_offset: 352.0,
            slope: 1.0,
            intercept: 0.0,
            units: 2,
            qform_code: 0,
            sform_code: 1,
            quatern: [0.0; 3],
            qoffset: [0.0; 3],
            srow: [
                [-2.0, 0.0, 0.0, 10.0],
                [0.0, 3.0, 0.0, -20.0],
                [0.0, 0.0, 4.0, 30.0],
            ],
            between: vec![0; 4],
            image: (0..60).collect(),
        }
    }

    pub(crate) fn version_2(mut self) -> Self {
        self.version = 2;
        self.vox_offset = 544.0;
        self
    }

    pub(crate) fn big_endian(mut self) -> Self {
        self.order = ByteOrder::Big;
        self
    }

    /// Header, what is between, and image.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = self.header();
        out.extend(&self.between);
        out.extend(&self.image);
        out
    }

    pub(crate) fn header(&self) -> Vec<u8> {
        if self.version == 1 {
            self.header_1()
        } else {
            self.header_2()
        }
    }

    fn header_1(&self) -> Vec<u8> {
        let mut h = Fields::new(348, self.order);
        h.put(0, &348i32.to_le_bytes());
        for i in 0..8 {
            let n = self.dim.get(i).copied().unwrap_or(1);
            h.put(40 + 2 * i, &(n as i16).to_le_bytes());
            h.put(76 + 4 * i, &(self.pixdim[i] as f32).to_le_bytes());
        }
        h.put(70, &self.datatype.to_le_bytes());
        h.put(108, &(self.vox_offset as f32).to_le_bytes());
        h.put(112, &(self.slope as f32).to_le_bytes());
        h.put(116, &(self.intercept as f32).to_le_bytes());
        h.put(123, &[self.units]);
        h.put(252, &self.qform_code.to_le_bytes());
        h.put(254, &self.sform_code.to_le_bytes());
        for i in 0..3 {
            h.put(256 + 4 * i, &(self.quatern[i] as f32).to_le_bytes());
            h.put(268 + 4 * i, &(self.qoffset[i] as f32).to_le_bytes());
            for j in 0..4 {
                h.put(
                    280 + 16 * i + 4 * j,
                    &(self.srow[i][j] as f32).to_le_bytes(),
                );
            }
        }
        h.raw(344, if self.pair { b"ni1\0" } else { b"n+1\0" });
        h.bytes
    }

    fn header_2(&self) -> Vec<u8> {
        let mut h = Fields::new(540, self.order);
        h.put(0, &540i32.to_le_bytes());
        h.raw(
            4,
            if self.pair {
                b"ni2\0\r\n\x1a\n"
            } else {
                b"n+2\0\r\n\x1a\n"
            },
        );
        h.put(12, &self.datatype.to_le_bytes());
        for i in 0..8 {
            let n = self.dim.get(i).copied().unwrap_or(1);
            h.put(16 + 8 * i, &n.to_le_bytes());
            h.put(104 + 8 * i, &self.pixdim[i].to_le_bytes());
        }
        h.put(168, &(self.vox_offset as i64).to_le_bytes());
        h.put(176, &self.slope.to_le_bytes());
        h.put(184, &self.intercept.to_le_bytes());
        h.put(344, &i32::from(self.qform_code).to_le_bytes());
        h.put(348, &i32::from(self.sform_code).to_le_bytes());
        for i in 0..3 {
            h.put(352 + 8 * i, &self.quatern[i].to_le_bytes());
            h.put(376 + 8 * i, &self.qoffset[i].to_le_bytes());
            for j in 0..4 {
                h.put(400 + 32 * i + 8 * j, &self.srow[i][j].to_le_bytes());
            }
        }
        h.put(500, &i32::from(self.units).to_le_bytes());
        h.bytes
    }
}

struct Fields {
    bytes: Vec<u8>,
    order: ByteOrder,
}

impl Fields {
    fn new(size: usize, order: ByteOrder) -> Self {
        Self {
            bytes: vec![0; size],
            order,
        }
    }

    /// A number given least significant byte first.
    fn put(&mut self, at: usize, little: &[u8]) {
        let mut field = little.to_vec();
        if self.order == ByteOrder::Big {
            field.reverse();
        }
        self.raw(at, &field);
    }

    fn raw(&mut self, at: usize, field: &[u8]) {
        self.bytes[at..at + field.len()].copy_from_slice(field);
    }
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

/// Random numbers without a dependency (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// An affine without symmetry: turned about a skew axis, with three spacings.
pub(crate) fn oblique() -> Affine {
    let (s, c) = 0.37_f64.sin_cos();
    let axis = [2.0 / 7.0, -3.0 / 7.0, 6.0 / 7.0];
    let cross = [
        [0.0, -axis[2], axis[1]],
        [axis[2], 0.0, -axis[0]],
        [-axis[1], axis[0], 0.0],
    ];
    let spacing = [0.9, 1.2, 2.5];
    Affine(std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            if j == 3 {
                return [-31.0, 17.5, 8.25][i];
            }
            let same = if i == j { c } else { 0.0 };
            (same + s * cross[i][j] + (1.0 - c) * axis[i] * axis[j]) * spacing[j]
        })
    }))
}

/// A volume on `grid` whose value is `f` of the patient position.
pub(crate) fn painted(grid: Grid, f: impl Fn([f64; 3]) -> f64) -> Volume {
    let data = (0..grid.voxel_count())
        .map(|offset| f(grid.affine.apply(grid.index_of(offset).into()).0) as f32)
        .collect();
    Volume { grid, data }
}

/// The development data beside the checkout, if it is there.
pub(crate) fn shared() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if path.is_dir() {
        Some(path)
    } else {
        println!("skipped: no development data beside the checkout");
        None
    }
}
