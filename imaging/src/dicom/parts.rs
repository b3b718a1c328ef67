//! From the frames of one series to its parts: what belongs into one volume, and what does not.
//!
//! Frames part where their orientation, matrix, spacing, kind, echo, diffusion or time differ. Where two of a
//! part then lie at one place, or the distances vary, weaker marks are tried (acquisition number, flip angle,
//! times): the first that leaves each place to one frame parts them too. Weaker marks alone part nothing, since
//! some scanners count interleaved slices as two acquisitions.

use super::attributes::Attributes;
use super::frame::{Frame, WEAK};
use super::header::{Header, Image};
use super::kind::{Kind, kind};
use super::stack::{Stack, axes, dot, stack};
use super::{FileId, NoVolume};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// One frame of one file.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) file: FileId,
    pub(super) image: Arc<Image>,
    pub(super) attributes: Arc<Attributes>,
    pub(super) frame: Frame,
    pub(super) series_number: Option<i64>,
    pub(super) time: Option<f64>,
}

/// Frames that belong together, and how they lie.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) items: Vec<Item>,
    pub(super) stack: Result<Stack, NoVolume>,
    /// Copies of an image that were left out, by its identifier.
    pub(super) copies: usize,
    /// Which geometry of the series it has: repeats share it.
    pub(super) geometry: usize,
}

/// The parts of a series' files.
pub(super) fn parts(files: Vec<(FileId, Header)>) -> Vec<Group> {
    let mut groups: Vec<(usize, usize, Vec<Item>)> = Vec::new();
    let mut geometries: Vec<Item> = Vec::new();
    let mut seen = HashSet::new();
    let mut copies: BTreeMap<usize, usize> = BTreeMap::new();
    for (file, header) in files {
        for frame in header.frames {
            // Some exporters give all slices one identifier; copies are at one place, too.
            let place = frame.position.map(|p| p.map(f64::to_bits));
            let instance = header.keys.instance.map(|key| (key, frame.number, place));
            let item = Item {
                file,
                image: Arc::clone(&header.image),
                attributes: Arc::clone(&header.attributes),
                frame,
                series_number: header.series_number,
                time: header.time,
            };
            let found = (groups.iter()).rposition(|(_, _, items)| same_part(&items[0], &item));
            let group = found.unwrap_or_else(|| {
                let known = geometries.iter().position(|g| same_geometry(g, &item));
                let geometry = known.unwrap_or_else(|| {
                    geometries.push(item.clone());
                    geometries.len() - 1
                });
                groups.push((geometry, groups.len(), Vec::new()));
                groups.len() - 1
            });
            if instance.is_some_and(|key| !seen.insert(key)) {
                *copies.entry(group).or_default() += 1;
            } else {
                groups[group].2.push(item);
            }
        }
    }
    let mut parts = Vec::new();
    for (geometry, number, items) in groups {
        if items.is_empty() {
            continue;
        }
        let copies = copies.get(&number).copied().unwrap_or(0);
        let settled = settle(items);
        for (first, (items, stack)) in settled.into_iter().enumerate() {
            parts.push(Group {
                items,
                stack,
                copies: if first == 0 { copies } else { 0 },
                geometry,
            });
        }
    }
    parts
}

fn same_geometry(a: &Item, b: &Item) -> bool {
    let size = |item: &Item| (item.image.rows, item.image.columns, item.image.samples);
    let orientation = match (a.frame.orientation, b.frame.orientation) {
        // A third of a degree, and all the digits that writers round to.
        (Some(a), Some(b)) => (a.iter().zip(b)).all(|(a, b)| (a - b).abs() < 5e-3),
        (a, b) => a == b,
    };
    let spacing = match (a.frame.spacing, b.frame.spacing) {
        (Some(a), Some(b)) => (a.iter().zip(b)).all(|(a, b)| (a - b).abs() <= 2e-3 * a.abs()),
        (a, b) => a == b,
    };
    size(a) == size(b) && orientation && spacing && a.frame.stack == b.frame.stack
}

fn same_part(a: &Item, b: &Item) -> bool {
    let near = |a: Option<f64>, b: Option<f64>, absolute: f64| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= absolute + 0.02 * a.abs().max(b.abs()),
        (a, b) => a == b,
    };
    let direction = match (a.frame.direction, b.frame.direction) {
        (Some(a), Some(b)) => (a.iter().zip(b)).all(|(a, b)| (a - b).abs() < 0.02),
        (a, b) => a == b,
    };
    same_geometry(a, b)
        && kind_of(a) == kind_of(b)
        && near(a.frame.echo_ms, b.frame.echo_ms, 0.05)
        && near(a.frame.b_value, b.frame.b_value, 2.0)
        && direction
        && a.frame.temporal == b.frame.temporal
}

fn kind_of(item: &Item) -> Kind {
    kind(&item.frame.image_type)
}

type Settled = (Vec<Item>, Result<Stack, NoVolume>);

fn lie(items: &[Item]) -> Result<Stack, NoVolume> {
    let frames: Vec<&Frame> = items.iter().map(|item| &item.frame).collect();
    stack(&frames, [items[0].image.columns, items[0].image.rows])
}

/// More stacks than this are not looked for beside each other: then the slices are sheared.
const MOST_BESIDE: usize = 32;

/// Numbers frames by where they lie within their plane, to half a pixel: two stacks beside each other share all
/// else.
fn sideways(items: &[Item]) -> Vec<u64> {
    let mut known: Vec<[f64; 2]> = Vec::new();
    let number = |item: &Item| {
        let [row, column, _] = item.frame.orientation.and_then(axes)?;
        let (place, spacing) = (item.frame.position?, item.frame.spacing?);
        let at = [
            dot(place, row) / spacing[1],
            dot(place, column) / spacing[0],
        ];
        let near = |k: &[f64; 2]| (k[0] - at[0]).abs() < 0.5 && (k[1] - at[1]).abs() < 0.5;
        if known.len() > MOST_BESIDE {
            return None;
        }
        let found = known.iter().position(near).unwrap_or_else(|| {
            known.push(at);
            known.len() - 1
        });
        Some(found as u64)
    };
    let numbers: Option<Vec<u64>> = items.iter().map(number).collect();
    numbers.unwrap_or_else(|| vec![0; items.len()])
}

/// Parts a group by a weaker mark, where it needs it and one helps.
fn settle(items: Vec<Item>) -> Vec<Settled> {
    let whole = lie(&items);
    let doubled = match &whole {
        Ok(stack) if stack.multiplicity() == 1 => return vec![(items, whole)],
        Ok(stack) => Some(stack.multiplicity()),
        Err(NoVolume::Uneven { .. } | NoVolume::Gaps { .. } | NoVolume::Scattered) => None,
        Err(_) => return vec![(items, whole)],
    };
    let weak = (0..WEAK).map(|mark| items.iter().map(|item| item.frame.weak[mark]).collect());
    for keys in std::iter::once(sideways(&items)).chain(weak) {
        let classes: BTreeSet<u64> = keys.iter().copied().collect();
        if classes.len() < 2 || classes.len() > 2 * doubled.unwrap_or(2) {
            continue;
        }
        let mut split: Vec<(u64, Vec<Item>)> = Vec::new();
        for (item, key) in items.iter().zip(keys) {
            match split.iter_mut().find(|(k, _)| *k == key) {
                Some((_, class)) => class.push(item.clone()),
                None => split.push((key, vec![item.clone()])),
            }
        }
        let settled: Vec<Settled> = split
            .into_iter()
            .map(|(_, class)| {
                let stack = lie(&class);
                (class, stack)
            })
            .collect();
        let single = |stack: &Result<Stack, NoVolume>| match stack {
            Ok(stack) => stack.multiplicity() == 1,
            Err(NoVolume::SingleSlice) => true,
            Err(_) => false,
        };
        let largest = settled.iter().max_by_key(|(class, _)| class.len());
        let helps = match doubled {
            Some(_) => settled.iter().all(|(_, stack)| single(stack)),
            None => {
                largest.is_some_and(|(_, stack)| matches!(stack, Ok(s) if s.multiplicity() == 1))
            }
        };
        if helps {
            return settled;
        }
    }
    vec![(items, whole)]
}
