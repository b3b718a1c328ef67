//! A tensor that still lies in its file: a storage, and how to walk it.

use half::{bf16, f16};

use super::ForeignError;

/// What a storage's numbers are, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    F64,
    F32,
    F16,
    Bf16,
    /// Whole numbers of so many bytes. Buffers have them, parameters never.
    Whole(usize),
}

impl Number {
    pub(super) fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Whole(size) => size,
        }
    }

    /// The number in exactly [`Self::size`] bytes.
    fn decode(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::F64, &[a, b, c, d, e, f, g, h]) => {
                f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32
            }
            (Self::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Self::F16, &[a, b]) => f16::from_le_bytes([a, b]).to_f32(),
            (Self::Bf16, &[a, b]) => bf16::from_le_bytes([a, b]).to_f32(),
            _ => f32::NAN,
        }
    }
}

/// A view into a storage, every element of which is known to lie inside it.
#[derive(Clone, Debug)]
pub(super) struct RawTensor<'a> {
    shape: Vec<usize>,
    strides: Vec<usize>,
    offset: usize,
    count: usize,
    number: Number,
    storage: &'a [u8],
}

impl<'a> RawTensor<'a> {
    /// Strides and offset in elements, as torch has them.
    ///
    /// A tensor that repeats its storage's elements is refused: no parameter does, and a small file
    /// could otherwise announce any amount of memory.
    ///
    /// # Errors
    /// In plain words, where it would reach beyond the storage.
    pub(super) fn new(
        shape: Vec<usize>,
        mut strides: Vec<usize>,
        offset: usize,
        number: Number,
        storage: &'a [u8],
    ) -> Result<Self, String> {
        let elements = storage.len() / number.size();
        if shape.len() != strides.len() {
            return Err(format!(
                "{} axes, but {} strides",
                shape.len(),
                strides.len()
            ));
        }
        let count = shape
            .iter()
            .try_fold(1_usize, |n, &edge| n.checked_mul(edge));
        let count = count.filter(|&count| count <= elements);
        let Some(count) = count else {
            return Err(format!(
                "its shape {} needs more than the {elements} numbers that are stored",
                list(&shape)
            ));
        };
        if count > 0 {
            // The stride of an axis of one is never walked and may be anything.
            for (stride, _) in strides
                .iter_mut()
                .zip(&shape)
                .filter(|(_, edge)| **edge == 1)
            {
                *stride = 0;
            }
            let mut steps = shape.iter().zip(&strides);
            let last = steps.try_fold(offset, |at, (&edge, &stride)| {
                stride.checked_mul(edge - 1)?.checked_add(at)
            });
            if last.is_none_or(|last| last >= elements) {
                return Err(format!(
                    "offset {offset} and strides {} lead beyond the {elements} numbers that are stored",
                    list(&strides)
                ));
            }
        }
        Ok(Self {
            shape,
            strides,
            offset,
            count,
            number,
            storage,
        })
    }

    /// The same for numbers that lie one after another.
    pub(super) fn contiguous(
        shape: Vec<usize>,
        number: Number,
        storage: &'a [u8],
    ) -> Result<Self, String> {
        let strides = c_strides(&shape);
        Self::new(shape, strides, 0, number, storage)
    }

    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its numbers in C order.
    ///
    /// # Errors
    /// If they are whole numbers; `name` is for the message.
    pub(super) fn values(&self, name: &str) -> Result<Vec<f32>, ForeignError> {
        if let Number::Whole(size) = self.number {
            let problem = format!("whole numbers of {size} bytes; floating-point ones are needed");
            return Err(ForeignError::tensor(name, problem));
        }
        if self.count == 0 {
            return Ok(Vec::new());
        }
        let size = self.number.size();
        let is_walked = |axis: &usize| self.shape[*axis] > 1;
        let dense = c_strides(&self.shape);
        if (0..self.shape.len())
            .filter(is_walked)
            .all(|axis| self.strides[axis] == dense[axis])
        {
            let bytes = &self.storage[self.offset * size..(self.offset + self.count) * size];
            let numbers = bytes.chunks_exact(size);
            return Ok(numbers.map(|bytes| self.number.decode(bytes)).collect());
        }
        let mut values = Vec::with_capacity(self.count);
        let mut index = vec![0; self.shape.len()];
        let mut at = self.offset;
        for _ in 0..self.count {
            values.push(
                self.number
                    .decode(&self.storage[at * size..(at + 1) * size]),
            );
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                at += self.strides[axis];
                if index[axis] < self.shape[axis] {
                    break;
                }
                at -= self.strides[axis] * self.shape[axis];
                index[axis] = 0;
            }
        }
        Ok(values)
    }
}

/// Strides of a tensor that lies in C order.
fn c_strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// A stranger's numbers, short enough for a message.
fn list(numbers: &[usize]) -> String {
    super::error::clip(&format!("{numbers:?}"))
}
