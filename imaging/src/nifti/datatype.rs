//! NIfTI's number types, and stored bytes into `f32`.

use crate::{ByteOrder, ImagingError};

/// A type with one real number a voxel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Datatype {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Datatype {
    /// The type of a NIfTI code; those that are no single real number are refused by name.
    pub(super) fn from_code(code: i16) -> Result<Self, ImagingError> {
        let refused = |found| Err(ImagingError::Datatype { found });
        Ok(match code {
            2 => Self::U8,
            4 => Self::I16,
            8 => Self::I32,
            16 => Self::F32,
            64 => Self::F64,
            256 => Self::I8,
            512 => Self::U16,
            768 => Self::U32,
            1024 => Self::I64,
            1280 => Self::U64,
            1 => return refused("single bits (binary)"),
            32 => return refused("complex numbers (complex64)"),
            128 => return refused("colours (RGB24)"),
            1536 => return refused("128-bit floats (float128)"),
            1792 => return refused("complex numbers (complex128)"),
            2048 => return refused("complex numbers (complex256)"),
            2304 => return refused("colours (RGBA32)"),
            _ => {
                return Err(ImagingError::Header {
                    field: "datatype",
                    found: code.to_string(),
                    expected: "one of NIfTI's codes",
                });
            }
        })
    }

    /// NIfTI's own name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// Bytes of one number.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

/// How stored numbers become values: `stored × slope + intercept`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scaling {
    pub(super) slope: f64,
    pub(super) intercept: f64,
}

impl Scaling {
    /// From the header. A slope of 0, or one that is not finite, means stored values as they are,
    /// whatever the intercept; an intercept that is not finite beside a sound slope means none.
    pub(super) fn new(slope: f64, intercept: f64) -> Self {
        let (slope, intercept) = match (slope != 0.0 && slope.is_finite(), intercept.is_finite()) {
            (true, true) => (slope, intercept),
            (true, false) => (slope, 0.0),
            (false, _) => (1.0, 0.0),
        };
        Self { slope, intercept }
    }
}

/// What was met while numbers were decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    /// How many were not finite, as stored or once scaled.
    pub(super) non_finite: usize,
    /// The least and the greatest finite one, as stored.
    low: f64,
    high: f64,
}

impl Met {
    pub(super) const NOTHING: Self = Self {
        non_finite: 0,
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
    };

    /// The least and the greatest number as stored; `None` where none was finite.
    pub(super) fn stored_range(&self) -> Option<[f64; 2]> {
        (self.low <= self.high).then_some([self.low, self.high])
    }
}

/// Appends the numbers in `bytes` to `out`, scaled; those that are not finite become 0. `bytes` holds
/// whole numbers only.
pub(super) fn decode(
    bytes: &[u8],
    datatype: Datatype,
    order: ByteOrder,
    scaling: Scaling,
    out: &mut Vec<f32>,
    met: &mut Met,
) {
    let mut place = |stored: f64| {
        let value = (stored * scaling.slope + scaling.intercept) as f32;
        if value.is_finite() {
            value
        } else {
            met.non_finite += 1;
            0.0
        }
    };
    // The range in a pass of its own, which vectorises; in the other one it doubled the time.
    macro_rules! numbers {
        ($number:ty, $finite:expr) => {{
            const SIZE: usize = size_of::<$number>();
            let (chunks, _) = bytes.as_chunks::<SIZE>();
            let ends = (<$number>::MAX, <$number>::MIN);
            let (low, high) = match order {
                ByteOrder::Little => range(chunks, ends, <$number>::from_le_bytes, $finite),
                ByteOrder::Big => range(chunks, ends, <$number>::from_be_bytes, $finite),
            };
            if low <= high {
                met.low = met.low.min(low as f64);
                met.high = met.high.max(high as f64);
            }
            match order {
                ByteOrder::Little => out.extend(
                    chunks
                        .iter()
                        .map(|b| place(<$number>::from_le_bytes(*b) as f64)),
                ),
                ByteOrder::Big => out.extend(
                    chunks
                        .iter()
                        .map(|b| place(<$number>::from_be_bytes(*b) as f64)),
                ),
            }
        }};
    }
    match datatype {
        Datatype::U8 => numbers!(u8, |_| true),
        Datatype::I8 => numbers!(i8, |_| true),
        Datatype::U16 => numbers!(u16, |_| true),
        Datatype::I16 => numbers!(i16, |_| true),
        Datatype::U32 => numbers!(u32, |_| true),
        Datatype::I32 => numbers!(i32, |_| true),
        Datatype::U64 => numbers!(u64, |_| true),
        Datatype::I64 => numbers!(i64, |_| true),
        Datatype::F32 => numbers!(f32, f32::is_finite),
        Datatype::F64 => numbers!(f64, f64::is_finite),
    }
}

/// The least and the greatest of the finite numbers; `ends`, which are the wrong way round, where there
/// are none.
fn range<N: PartialOrd + Copy, const SIZE: usize>(
    chunks: &[[u8; SIZE]],
    ends: (N, N),
    number: impl Fn([u8; SIZE]) -> N,
    finite: impl Fn(N) -> bool,
) -> (N, N) {
    chunks.iter().fold(ends, |(low, high), bytes| {
        let value = number(*bytes);
        let counts = finite(value);
        (
            if counts && value < low { value } else { low },
            if counts && value > high { value } else { high },
        )
    })
}
