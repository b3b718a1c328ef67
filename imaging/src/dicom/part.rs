//! A part of a series as it is listed: what it is, how it lies, and whether it is a volume.

use super::attributes::Attributes;
use super::kind::{Derived, is_called_localiser, kind};
use super::parts::{Group, Item};
use super::scale::Scale;
use super::stack::{Stack, axes};
use super::syntax::Codec;
use super::{FileId, NoVolume};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A part of a series: what can be one volume, or is said why not.
#[derive(Debug, Clone)]
pub struct Part {
    /// What there is to show.
    pub about: About,
    pub(super) items: Vec<Item>,
    pub(super) stack: Option<Stack>,
    pub(super) copies: usize,
}

/// What there is to show of a part; plain data, without names, dates and identifiers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Which series of the examination it belongs to: parts with the same number share one.
    pub series: usize,
    /// The series' number on the scanner's own list.
    pub series_number: Option<i64>,
    /// How it was taken.
    pub attributes: Attributes,
    /// The plane of its slices; `None` where that is not written.
    pub plane: Option<Plane>,
    /// Between its slices' normal and the axis of that plane, in degrees.
    pub oblique_degrees: f64,
    /// How many slices it has, copies and repeats counted once.
    pub slices: usize,
    /// Columns, rows and slices of the volume, missing slices counted.
    pub dims: [usize; 3],
    /// Between columns, rows and slices; `None` where it is no stack.
    pub spacing_mm: Option<[f64; 3]>,
    /// Which of how many repeats of one geometry it is (echoes, b-values, times), counted from 1.
    pub repeat: [usize; 2],
    /// Whether it is a volume, and whether as acquired.
    pub standing: Standing,
}

/// Whether a part is a volume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Standing {
    /// A volume as it was acquired.
    Original,
    /// A volume that was made of another.
    Derived(Derived),
    /// No volume, and why.
    NoVolume(NoVolume),
}

/// The plane of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plane {
    /// Across the body.
    Axial,
    /// From the front.
    Coronal,
    /// From the side.
    Sagittal,
}

impl Plane {
    /// For a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Axial => "axial",
            Self::Coronal => "coronal",
            Self::Sagittal => "sagittal",
        }
    }
}

impl Part {
    /// The files that hold its slices, each once.
    #[must_use]
    pub fn files(&self) -> Vec<FileId> {
        let mut files: Vec<FileId> = self.items.iter().map(|item| item.file).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// Why it is no volume, if so.
    #[must_use]
    pub fn no_volume(&self) -> Option<&NoVolume> {
        match &self.about.standing {
            Standing::NoVolume(why) => Some(why),
            _ => None,
        }
    }

    /// The order in which parts are offered.
    pub(super) fn offered_before(&self, other: &Self) -> Ordering {
        let rank = |part: &Self| match part.about.standing {
            Standing::Original => 0,
            Standing::Derived(_) => 1,
            Standing::NoVolume(_) => 2,
        };
        let number = |part: &Self| part.about.series_number.unwrap_or(i64::MAX);
        let time = |part: &Self| part.items[0].time.unwrap_or(f64::INFINITY);
        rank(self)
            .cmp(&rank(other))
            .then(number(self).cmp(&number(other)))
            .then(time(self).total_cmp(&time(other)))
            .then(self.about.series.cmp(&other.about.series))
    }
}

/// The parts of one series, as they are shown.
pub(super) fn all(series: usize, groups: Vec<Group>) -> Vec<Part> {
    let geometries: Vec<usize> = groups.iter().map(|group| group.geometry).collect();
    let count = |of: &[usize], geometry: usize| of.iter().filter(|g| **g == geometry).count();
    let orientations = {
        let mut seen = geometries.clone();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    };
    let slices_at_most = groups.iter().map(|g| g.items.len()).max().unwrap_or(0);
    // A few pictures in each of three planes plan other series, whatever they are called.
    let few_of_each = orientations >= 3 && slices_at_most <= 5;
    (groups.into_iter().enumerate())
        .map(|(at, group)| {
            let repeat = [
                count(&geometries[..=at], geometries[at]),
                count(&geometries, geometries[at]),
            ];
            one(series, group, repeat, few_of_each)
        })
        .collect()
}

fn one(series: usize, group: Group, repeat: [usize; 2], few_of_each: bool) -> Part {
    let first = &group.items[0];
    let frame = &first.frame;
    let mut attributes = (*first.attributes).clone();
    attributes.image_type.clone_from(&frame.image_type);
    attributes.echo_ms = frame.echo_ms;
    attributes.inversion_ms = frame.inversion_ms;
    attributes.repetition_ms = frame.repetition_ms;
    attributes.flip_degrees = frame.flip_degrees;
    attributes.b_value = frame.b_value;
    let (plane, oblique_degrees) = match frame.orientation.and_then(axes) {
        Some([_, _, normal]) => plane(normal),
        None => (None, 0.0),
    };
    let standing = standing(&group, few_of_each);
    let stack = group.stack.ok();
    let slices = stack.as_ref().map_or(group.items.len(), |stack| {
        stack
            .places
            .iter()
            .filter(|frames| !frames.is_empty())
            .count()
    });
    let dims = stack
        .as_ref()
        .map_or([first.image.columns, first.image.rows, slices], |stack| {
            stack.grid.dims
        });
    Part {
        about: About {
            series,
            series_number: first.series_number,
            attributes,
            plane,
            oblique_degrees,
            slices,
            dims,
            spacing_mm: stack.as_ref().map(|stack| stack.grid.spacing_mm()),
            repeat,
            standing,
        },
        stack,
        copies: group.copies,
        items: group.items,
    }
}

fn plane(normal: [f64; 3]) -> (Option<Plane>, f64) {
    let along = normal.map(f64::abs);
    let (plane, cosine) = [Plane::Sagittal, Plane::Coronal, Plane::Axial]
        .into_iter()
        .zip(along)
        .fold((Plane::Axial, -1.0), |best, next| {
            if next.1 > best.1 { next } else { best }
        });
    (Some(plane), cosine.min(1.0).acos().to_degrees())
}

fn standing(group: &Group, few_of_each: bool) -> Standing {
    let first = &group.items[0];
    let image = &first.image;
    let kind = kind(&first.frame.image_type);
    let photometric = image.photometric.as_str();
    let colour =
        image.samples != 1 || !(photometric.is_empty() || photometric.starts_with("MONOCHROME"));
    let called = |text: &str| is_called_localiser(text);
    let bits = Scale::new(image, 1.0, 0.0).is_some();
    let pixels = image.pixels.whole && bits;
    let attributes = &first.attributes;
    let why = if image.is_segmentation {
        Some(NoVolume::Segmentation)
    } else if colour {
        Some(NoVolume::Colour)
    } else if kind.mosaic {
        Some(NoVolume::Mosaic)
    } else if image.is_huge() {
        Some(NoVolume::TooLarge)
    } else if !pixels {
        Some(NoVolume::Pixels)
    } else if image.has_table {
        Some(NoVolume::Table)
    } else if let Err(why) = &group.stack {
        Some(match why {
            NoVolume::SingleSlice | NoVolume::Uneven { .. } | NoVolume::Gaps { .. }
                if kind.localiser || few_of_each =>
            {
                NoVolume::Localiser
            }
            why => why.clone(),
        })
    } else if let Codec::Unknown(name) = image.syntax.codec {
        Some(NoVolume::Compression(name.to_owned()))
    } else if kind.localiser
        || few_of_each
        || called(&attributes.description)
        || called(&attributes.protocol)
    {
        Some(NoVolume::Localiser)
    } else {
        None
    };
    match (why, kind.derived) {
        (Some(why), _) => Standing::NoVolume(why),
        (None, Some(derived)) => Standing::Derived(derived),
        (None, None) => Standing::Original,
    }
}
