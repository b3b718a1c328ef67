//! One image of a file: where it lies, how its numbers are scaled, and what sets it apart from the others
//! of its series.

use super::attributes::codes;
use super::element::{DataSet, Value};
use super::tags;
use dicom_core::Tag;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A frame, or the one image of a classic file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Frame {
    /// Number within the file, from 0.
    pub(super) number: u32,
    /// LPS in mm of the first pixel's centre.
    pub(super) position: Option<[f64; 3]>,
    /// Directions of growing columns and of growing rows.
    pub(super) orientation: Option<[f64; 6]>,
    /// Between rows and between columns, in mm.
    pub(super) spacing: Option<[f64; 2]>,
    /// What *Spacing Between Slices* says.
    pub(super) between: Option<f64>,
    /// *Slice Thickness* in mm.
    pub(super) thickness: Option<f64>,
    pub(super) slope: f64,
    pub(super) intercept: f64,
    pub(super) image_type: Vec<String>,
    pub(super) stack: Option<u64>,
    pub(super) echo_ms: Option<f64>,
    pub(super) b_value: Option<f64>,
    pub(super) direction: Option<[f64; 3]>,
    pub(super) temporal: Option<i64>,
    pub(super) inversion_ms: Option<f64>,
    pub(super) repetition_ms: Option<f64>,
    pub(super) flip_degrees: Option<f64>,
    /// What may set two volumes of a series apart that nothing else does, see [`WEAK`].
    pub(super) weak: [u64; WEAK],
}

/// How many weaker marks a frame has.
pub(super) const WEAK: usize = 11;

/// All frames of a file; one alone where a file of several does not say where they lie.
pub(super) fn all(root: &DataSet, count: u32) -> Vec<Frame> {
    let shared = root.items(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).first();
    let groups = root.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    if !groups.is_empty() {
        let numbered = (0..count).zip(groups);
        return numbered
            .map(|(number, group)| {
                let place = Lookup {
                    root,
                    shared,
                    group: Some(group),
                };
                one(place, number)
            })
            .collect();
    }
    let alone = one(
        Lookup {
            root,
            shared,
            group: None,
        },
        0,
    );
    let offsets = root.decimals(tags::GRID_FRAME_OFFSET_VECTOR);
    if count > 1 && offsets.len() == count as usize {
        return spread(&alone, &offsets);
    }
    if count > 1 {
        // One place for many frames is none.
        return vec![Frame {
            position: None,
            ..alone
        }];
    }
    vec![alone]
}

/// Frames along the normal of the first.
fn spread(first: &Frame, offsets: &[f64]) -> Vec<Frame> {
    let at = |offset: f64| {
        let o = first.orientation?;
        let normal = cross([o[0], o[1], o[2]], [o[3], o[4], o[5]]);
        // Either they are counted from the first, or they are places along z.
        let from = if offsets[0] == 0.0 { 0.0 } else { offsets[0] };
        let place = first.position?;
        Some([0, 1, 2].map(|axis| place[axis] + (offset - from) * normal[axis]))
    };
    (0..)
        .zip(offsets)
        .map(|(number, offset)| Frame {
            number,
            position: at(*offset),
            ..first.clone()
        })
        .collect()
}

/// Where a frame's elements are looked for, in this order.
#[derive(Clone, Copy)]
struct Lookup<'a> {
    group: Option<&'a DataSet>,
    shared: Option<&'a DataSet>,
    root: &'a DataSet,
}

impl<'a> Lookup<'a> {
    /// The data set that holds an element of this frame.
    fn holder(self, tag: Tag) -> Option<&'a DataSet> {
        let within = |groups: &'a DataSet| {
            groups.elements.iter().find_map(|(_, value)| match value {
                Value::Items(items) => items.first().filter(|item| item.bytes(tag).is_some()),
                Value::Bytes(_) => None,
            })
        };
        self.group
            .and_then(within)
            .or_else(|| self.shared.and_then(within))
            .or_else(|| self.root.bytes(tag).map(|_| self.root))
    }

    fn decimal(self, tag: Tag) -> Option<f64> {
        self.holder(tag)?.decimal(tag)
    }

    fn float(self, tag: Tag) -> Option<f64> {
        self.holder(tag)?.float(tag)
    }

    fn exactly<const N: usize>(self, tag: Tag) -> Option<[f64; N]> {
        self.holder(tag)?.exactly(tag)
    }

    fn code(self, tag: Tag) -> Option<String> {
        self.holder(tag)?.code(tag)
    }

    /// The frame's item of a sequence within a sequence.
    fn nested(self, outer: Tag, inner: Tag) -> Option<&'a DataSet> {
        [self.group, self.shared]
            .into_iter()
            .flatten()
            .find_map(|groups| groups.items(outer).first()?.items(inner).first())
    }
}

fn one(at: Lookup<'_>, number: u32) -> Frame {
    let root = at.root;
    let image_type = match at.holder(tags::FRAME_TYPE) {
        Some(holder) => codes(holder, tags::FRAME_TYPE),
        None => codes(root, tags::IMAGE_TYPE),
    };
    let echo_ms = at
        .float(tags::EFFECTIVE_ECHO_TIME)
        .or_else(|| at.decimal(tags::ECHO_TIME));
    let inversion_ms = at
        .float(tags::INVERSION_TIMES)
        .or_else(|| at.decimal(tags::INVERSION_TIME));
    let repetition_ms = at.decimal(tags::REPETITION_TIME);
    let flip_degrees = at.decimal(tags::FLIP_ANGLE);
    let temporal = at
        .holder(tags::TEMPORAL_POSITION_INDEX)
        .and_then(|set| set.u32(tags::TEMPORAL_POSITION_INDEX))
        .map(i64::from)
        .or_else(|| root.integer(tags::TEMPORAL_POSITION_IDENTIFIER));
    let text = |tag| hash(&at.code(tag));
    let weak = [
        hash(&image_type),
        text(tags::ECHO_NUMBERS),
        text(tags::ACQUISITION_NUMBER),
        hash(&inversion_ms.map(f64::to_bits)),
        hash(&repetition_ms.map(f64::to_bits)),
        hash(&flip_degrees.map(f64::to_bits)),
        text(tags::SEQUENCE_NAME),
        text(tags::SLICE_THICKNESS),
        text(tags::TRIGGER_TIME),
        text(tags::ACQUISITION_TIME),
        text(tags::CONTENT_TIME),
    ];
    Frame {
        number,
        position: at.exactly(tags::IMAGE_POSITION_PATIENT),
        orientation: at.exactly(tags::IMAGE_ORIENTATION_PATIENT),
        spacing: at.exactly(tags::PIXEL_SPACING),
        between: at.decimal(tags::SPACING_BETWEEN_SLICES),
        thickness: at.decimal(tags::SLICE_THICKNESS),
        // A slope of 0 would leave nothing; some writers put it for "none".
        slope: at
            .decimal(tags::RESCALE_SLOPE)
            .filter(|s| *s != 0.0)
            .unwrap_or(1.0),
        intercept: at.decimal(tags::RESCALE_INTERCEPT).unwrap_or(0.0),
        image_type,
        stack: at.code(tags::STACK_ID).map(|id| hash(&id)),
        echo_ms,
        b_value: b_value(at),
        direction: direction(at),
        temporal,
        inversion_ms,
        repetition_ms,
        flip_degrees,
        weak,
    }
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The b-value, by the standard or as the makers write it.
fn b_value(at: Lookup<'_>) -> Option<f64> {
    let root = at.root;
    at.float(tags::DIFFUSION_B_VALUE)
        .or_else(|| root.decimal(tags::SIEMENS_B_VALUE))
        .or_else(|| root.float(tags::PHILIPS_B_VALUE))
        .or_else(|| {
            // General Electric adds a thousand million as a flag.
            let first = root.decimal(tags::GE_B_VALUE)?;
            Some(if first >= 1e9 { first - 1e9 } else { first })
        })
        .filter(|b| (0.0..1e5).contains(b))
}

fn direction(at: Lookup<'_>) -> Option<[f64; 3]> {
    let tag = tags::DIFFUSION_GRADIENT_ORIENTATION;
    let inner = tags::DIFFUSION_GRADIENT_DIRECTION_SEQUENCE;
    let holder = at
        .nested(tags::MR_DIFFUSION_SEQUENCE, inner)
        .or_else(|| at.holder(tag))?;
    holder.floats(tag, 3)?.try_into().ok()
}

/// Seconds since midnight when the series was taken.
pub(super) fn time(root: &DataSet) -> Option<f64> {
    let seconds = |tag| {
        let text = root.code(tag)?.replace(':', "");
        let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<f64>().ok();
        let hours: f64 = part(0..2)?;
        Some(3600.0 * hours + 60.0 * part(2..4).unwrap_or(0.0) + part(4..6).unwrap_or(0.0))
    };
    seconds(tags::ACQUISITION_TIME)
        .or_else(|| seconds(tags::SERIES_TIME))
        .or_else(|| seconds(tags::CONTENT_TIME))
}

pub(super) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}
