//! How a bundle stores its numbers, little-endian, and the digest over them.

use half::f16;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The type that weights are stored in; they are computed with in f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// Half precision: half the download, and a relative error of at most 2⁻¹¹.
    F16,
    /// Single precision.
    F32,
}

impl Storage {
    /// Bytes of one number.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
        }
    }

    /// The name that safetensors gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "F16",
            Self::F32 => "F32",
        }
    }

    /// Appends `values` to `bytes`.
    pub(super) fn encode(self, values: &[f32], bytes: &mut Vec<u8>) {
        match self {
            Self::F16 => values
                .iter()
                .for_each(|&v| bytes.extend(f16::from_f32(v).to_le_bytes())),
            Self::F32 => values.iter().for_each(|v| bytes.extend(v.to_le_bytes())),
        }
    }

    /// The numbers that `bytes` hold.
    pub(super) fn numbers(self, bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
        bytes
            .chunks_exact(self.size())
            .map(move |number| match (self, number) {
                (Self::F16, &[a, b]) => f16::from_le_bytes([a, b]).to_f32(),
                (Self::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
                _ => f32::NAN,
            })
    }
}

/// The first number that is not finite, with its position.
pub(super) fn first_not_finite(numbers: impl Iterator<Item = f32>) -> Option<(usize, f32)> {
    let mut numbers = numbers.enumerate();
    numbers.find(|(_, value)| !value.is_finite())
}

/// SHA-256 over tensors, each with its name, type and shape, so that two of one shape cannot be
/// swapped. They are fed in order of name, as
/// `name 0x00 type 0x00 shape-in-decimal-with-commas 0x00 bytes`.
#[derive(Default)]
pub(super) struct TensorsDigest(Sha256);

impl TensorsDigest {
    /// The next tensor, before its bytes.
    pub(super) fn tensor(&mut self, name: &str, shape: &[usize], storage: Storage) {
        let shape: Vec<String> = shape.iter().map(ToString::to_string).collect();
        for part in [name, storage.name(), &shape.join(",")] {
            self.0.update(part.as_bytes());
            self.0.update([0]);
        }
    }

    /// More of its bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// SHA-256 of `bytes`, hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
