//! All that the page and the engine say to each other.
//!
//! A message is a head, one of the two enums here as JSON, and parts that JSON should not carry:
//! the person's files on the way in, voxels in transferred buffers on the way out. The doc of each
//! variant lists its parts in order; [`wire`] sends and receives them.

use imaging::Sequence;
use imaging::recognise::Kind;
use mts_unet::card::Card;
use mts_unet::progress::Stage;
use mts_unet::report::Report;
use serde::{Deserialize, Serialize};

use crate::folders::Tally;
use crate::user_error::UserError;

mod benchmark;
mod model;
mod studies;
#[cfg(target_arch = "wasm32")]
pub mod wire;

pub use benchmark::{MemoryReport, Timed};
pub use model::{BundleSource, ModelId, ModelSummary};
pub use mts_unet::foreign_kind::{Kind as ForeignKind, Merging, Order, Told};
pub use mts_unet::foreign_trial::{Trial, Tried};
pub use studies::{Examination, Part, Studies};

/// Grows with every change here. The engine's file keeps its name from build to build, so a page
/// can meet an engine of another day in a cache; it then says so and goes no further.
pub const PROTOCOL: u32 = 10;

/// Names a series for as long as the page is open, across engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesId(pub u32);

/// From the page to the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// Read these files. Parts: the `File`s, those of each item in turn.
    /// Answered by [`Event::Series`] or [`Event::Refused`] for each, then [`Event::Loaded`].
    Load {
        /// One a scan.
        items: Vec<LoadItem>,
        /// True where a new engine is given what an earlier one had: no picture is wanted.
        again: bool,
    },
    /// Look what these files hold, by their headers alone. Parts: the `File`s. Answered by [`Event::Listed`].
    List,
    /// Take the files out of these archives. Parts: the `File`s. Answered by [`Event::Unpacked`] or [`Event::NotUnpacked`].
    Unpack {
        /// The archives' names.
        names: Vec<String>,
        /// What was found beside them.
        tally: Tally,
    },
    /// Forget these series.
    Forget {
        /// Which.
        ids: Vec<SeriesId>,
    },
    /// Look whether scans that joined a case fit it. Answered by [`Event::Compared`].
    Compare {
        /// The case with them, in the order of [`Sequence::ALL`].
        assignment: [Option<SeriesId>; 4],
        /// Which joined it.
        came: Vec<SeriesId>,
    },
    /// Fetch a bundle that came with the page already, so that a reading needs no network any more.
    /// Answered by [`Event::Model`], or not at all: what goes wrong here is said when it is read.
    Prepare {
        /// The page's name for it.
        id: ModelId,
        /// As in [`BundleSource::Shipped`].
        url: String,
    },
    /// Check a bundle that the person added, or make one of a foreign checkpoint. Parts: its `Blob`.
    /// Answered by [`Event::Model`], [`Event::KindNeeded`], [`Event::MergingNeeded`] or
    /// [`Event::ModelRefused`].
    OpenModel {
        /// The page's name for it.
        id: ModelId,
        /// Its file's name.
        name: String,
        /// What the person says of a checkpoint that does not tell itself.
        told: Told,
        /// Where the window with a known tumour lies, on which a conversion is tried; absolute, of this
        /// page's own origin.
        known: String,
    },
    /// Write a bundle to the browser's storage for this page: the only thing that is ever stored, and only
    /// on the person's word. Parts: its `Blob`. Answered by [`Event::ModelKept`].
    KeepModel {
        /// The page's name for it.
        id: ModelId,
        /// SHA-256 of its tensors, which becomes its file's name.
        sha256: String,
    },
    /// Time the network and its kernels on a device. Answered by [`Event::Device`], an [`Event::Timed`] for
    /// each, and [`Event::BenchmarkDone`].
    Benchmark(DeviceWish),
    /// So many workers run as threads of this engine, or will. The answer to [`Event::Sharing`]; answered by
    /// [`Event::Ready`].
    Threads {
        /// The engine's own worker not counted.
        workers: usize,
    },
    /// Segment and predict. Parts: the `Blob` of a bundle that was added.
    Read(ReadRequest),
    /// Make more files of the last reading. Answered by [`Event::Exported`] or [`Event::NotExported`].
    Export {
        /// Which.
        what: Export,
        /// The scan in whose voxels they are to be.
        space: Sequence,
    },
}

/// Files that can be made of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Export {
    /// The segmentation.
    Labels,
    /// The probability of each region.
    Probabilities,
    /// The scans on one grid, without skull, and the brain.
    Prepared,
}

/// The file of one scan, or the two of a .hdr/.img pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadItem {
    /// The page's name for it.
    pub id: SeriesId,
    /// Paths of its files from the folder on that was given, or bare names; a pair has its header first.
    pub names: Vec<String>,
    /// Set where they are the DICOM files of a series, in any order.
    pub dicom: Option<DicomItem>,
}

/// A series of DICOM files, as it was listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DicomItem {
    /// The scanner's own words for it.
    pub description: String,
    /// Which sequence it is, by what the scanner wrote.
    pub guess: Option<Sequence>,
    /// Of which other kind it is.
    pub aside: Option<Kind>,
    /// As in [`Part::nth`].
    pub nth: usize,
}

/// What to read, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadRequest {
    /// Which series is which, in the order of [`Sequence::ALL`]; one at least is there.
    pub assignment: [Option<SeriesId>; 4],
    /// Which device to read on.
    pub device: DeviceWish,
    /// Move no scan and take no skull off.
    pub as_they_are: bool,
    /// Read the mirror image too, and say how far both answers lie apart.
    pub mirror: bool,
    /// Which model reads.
    pub bundle: BundleSource,
    /// What to break on purpose; builds without the feature `faults` ignore it.
    pub fault: Option<Fault>,
}

/// Which device to compute on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceWish {
    /// The person's choice.
    pub choice: DeviceChoice,
    /// Why no GPU will do, where the page has found out: then the engine does not look for one.
    pub no_gpu: Option<String>,
}

/// What a person can choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// The GPU if it passes its test, else the CPU.
    #[default]
    Auto,
    /// WebGPU.
    Gpu,
    /// burn-flex as wasm SIMD.
    Cpu,
}

impl DeviceChoice {
    /// As in `?device=`.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "auto" => Some(Self::Auto),
            "gpu" => Some(Self::Gpu),
            "cpu" => Some(Self::Cpu),
            _ => None,
        }
    }

    /// The inverse of [`DeviceChoice::from_key`].
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
        }
    }
}

/// What actually runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// WebGPU.
    Gpu,
    /// burn-flex as wasm SIMD.
    Cpu,
}

/// A fault to prove that it is survived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The GPU computes wrongly.
    SelfTest,
    /// The GPU goes away in the middle of a reading.
    DeviceLost,
    /// The worker dies in the middle of a reading.
    Worker,
    /// One of the engine's threads dies in the middle of a reading.
    Thread,
    /// More is asked for than a tab has.
    Memory,
}

impl Fault {
    /// As in `?fault=`.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "self-test" => Some(Self::SelfTest),
            "device-lost" => Some(Self::DeviceLost),
            "worker" => Some(Self::Worker),
            "thread" => Some(Self::Thread),
            "memory" => Some(Self::Memory),
            _ => None,
        }
    }
}

/// From the engine to the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// An engine with threads was loaded; said once, first. Parts: its module and its memory, which the worker of
    /// each thread is given. Answer with [`Command::Threads`].
    Sharing {
        /// Its [`PROTOCOL`].
        protocol: u32,
    },
    /// The engine listens; said once, before everything but [`Event::Sharing`].
    Ready {
        /// Its [`PROTOCOL`].
        protocol: u32,
    },
    /// A scan was read. Parts: its thumbnail as grey bytes, `width × height`, rows from the top.
    Series(SeriesSummary),
    /// A scan cannot be used.
    Refused {
        /// The page's name for it.
        id: SeriesId,
        /// Why, and the mend; the file's name comes last.
        error: UserError,
    },
    /// What the files of [`Command::List`] hold.
    Listed(Studies),
    /// What archives hold. Parts: the `File`s.
    Unpacked {
        /// Their paths in the archives.
        paths: Vec<String>,
        /// What was found with them.
        tally: Tally,
    },
    /// An archive cannot be unpacked, and nothing of it is used.
    NotUnpacked {
        /// Why, and the mend.
        error: UserError,
    },
    /// Everything of the last [`Command::Load`] has been answered.
    Loaded {
        /// Which sequences the scans that are here seem to be, by their pictures alone; empty where that cannot be
        /// said with some certainty.
        by_picture: Vec<(SeriesId, Sequence)>,
    },
    /// What [`Command::Compare`] found.
    Compared {
        /// Scans that do not fit the case, and why.
        misfits: Vec<(SeriesId, String)>,
    },
    /// A model can read. Parts: the bundle's `Blob`, if it was made of a foreign checkpoint.
    Model(ModelSummary),
    /// A checkpoint does not say whose it is. Send [`Command::OpenModel`] with what was told.
    KindNeeded {
        /// The page's name for it.
        id: ModelId,
    },
    /// Nobody told how a checkpoint's network merges neighbours. Send [`Command::OpenModel`] with what was
    /// told.
    MergingNeeded {
        /// The page's name for it.
        id: ModelId,
        /// What it found under each order.
        trial: Trial,
    },
    /// A model cannot be used.
    ModelRefused {
        /// The page's name for it.
        id: ModelId,
        /// Why, and the mend; the file's name comes last.
        error: UserError,
    },
    /// What became of [`Command::KeepModel`].
    ModelKept {
        /// The page's name for it.
        id: ModelId,
        /// Why it is not kept; none where it is.
        error: Option<UserError>,
    },
    /// What the reading runs on, and why.
    Device(DeviceReport),
    /// What is about to happen.
    Plan {
        /// Windows of the sliding window.
        windows: usize,
        /// How long it should take; unknown on a device that has not been timed.
        predicted_s: Option<f64>,
    },
    /// One part of a benchmark is done.
    Timed(Timed),
    /// The benchmark ended.
    BenchmarkDone {
        /// What it took; none if it failed.
        memory: Option<MemoryReport>,
        /// Why it failed, and the mend.
        error: Option<UserError>,
    },
    /// How far the reading is.
    Progress(ProgressReport),
    /// The answer. Parts: labels as u8, the four sequences in the order of [`Sequence::ALL`] as
    /// u16, the brain as u8, all x fastest on [`DisplayGrid`] and an absent one empty, then the bytes of
    /// `segmentation.nii.gz`.
    Done(Box<Finished>),
    /// The file that was asked for. Parts: its bytes.
    Exported {
        /// Its name.
        name: String,
    },
    /// They cannot be made.
    NotExported {
        /// Why, and the mend.
        error: UserError,
    },
    /// The reading ended without an answer.
    Failed {
        /// Why, and the mend.
        error: UserError,
        /// What is still usable.
        scope: FailureScope,
    },
}

/// A scan as the page lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesSummary {
    /// The page's name for it.
    pub id: SeriesId,
    /// Voxels along its axes.
    pub dims: [usize; 3],
    /// Distances between voxel centres.
    pub spacing_mm: [f64; 3],
    /// Axis codes such as `LPS`.
    pub orientation: String,
    /// What its name says that it is.
    pub guess: Option<Sequence>,
    /// Of which other kind it is, by its name or, a mask, by its voxels: it is then offered for no sequence.
    pub aside: Option<Kind>,
    /// What was done to make a volume of its files, a sentence each.
    pub notes: Vec<String>,
    /// Thumbnail columns.
    pub width: usize,
    /// Thumbnail rows.
    pub height: usize,
}

/// Which device runs, and why that one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// The device.
    pub kind: DeviceKind,
    /// The adapter's or the CPU path's name.
    pub name: String,
    /// Why, in plain words: `no WebGPU adapter`, `self-test disagreed by 0.3`, `chosen by hand`.
    pub why: String,
}

/// How far a reading is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProgressReport {
    /// What runs now.
    pub stage: Stage,
    /// Of the whole reading, 0 to 1.
    pub fraction: f64,
    /// Until the answer, where it can be told.
    pub remaining_s: Option<f64>,
}

/// What a failure leaves usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureScope {
    /// The scans do not make a case; the engine is well.
    Case,
    /// The device is gone or unfit; the CPU may do.
    Device,
    /// The engine is broken; it has to be started again.
    Engine,
    /// It ran out of memory, and would again: as [`FailureScope::Engine`], but trying again is no help.
    Memory,
}

/// A whole answer, but for the voxels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// What the network said.
    pub report: Report,
    /// What its bundle says of itself.
    pub card: Card,
    /// The grid of the voxels that come with it.
    pub grid: DisplayGrid,
    /// From stored numbers to values, in the order of [`Sequence::ALL`].
    pub scales: [Scale; 4],
}

/// The T1ce's own grid, turned to RAS: x to the patient's right, y to the front, z to the head.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DisplayGrid {
    /// Voxels along x, y, z.
    pub dims: [usize; 3],
    /// Distances between voxel centres.
    pub spacing_mm: [f64; 3],
    /// The box that is worth looking at: first voxel and voxels along x, y, z. The views fit it.
    pub content: ([usize; 3], [usize; 3]),
    /// The voxel to look at first.
    pub first_look: [usize; 3],
}

/// `value = stored × slope + intercept`, and the values to show at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Value of one step.
    pub slope: f32,
    /// Value of a stored 0.
    pub intercept: f32,
    /// Shown black.
    pub dark: f32,
    /// Shown white.
    pub bright: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_keys_read_back() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Gpu, DeviceChoice::Cpu] {
            assert_eq!(DeviceChoice::from_key(choice.key()), Some(choice));
        }
        assert_eq!(DeviceChoice::from_key("tpu"), None);
    }

    #[test]
    fn a_kind_is_written_as_on_the_command_line() {
        for kind in ForeignKind::ALL {
            let written = serde_json::to_string(&kind).expect("it is a word");
            assert_eq!(written, format!("\"{}\"", kind.key()));
        }
    }

    #[test]
    fn a_fault_is_written_as_its_query_parameter() {
        for key in ["self-test", "device-lost", "worker", "thread"] {
            let fault = Fault::from_key(key).expect(key);
            assert_eq!(
                serde_json::to_string(&fault).expect(key),
                format!("\"{key}\"")
            );
        }
    }
}
