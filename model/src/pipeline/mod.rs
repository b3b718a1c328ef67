//! The whole path of a case, from its series to labels and report: the same function in the page's
//! engine, in the command line tool and in the tests.

mod align;
mod check;
mod classify;
mod found;
mod input;
mod labels;
mod layout;
mod look;
mod measure;
mod normalise;
mod paint;
mod pieces;
mod prepare;
mod report;
mod resample;
mod segment;
mod shaders;
mod stages;
mod strip;

use burn::tensor::Device;
use imaging::check::Head;
use imaging::{Affine, LabelMap, Mask, Sequence, Series, Volume};

use crate::ModelError;
use crate::bundle::{Bundle, Manifest, Source};
use crate::device::{DeviceChoice, Limits, Opened, open_cpu};
use crate::network::{Activations, Finest, Heads, MtsUnet};
use crate::plan::{Part, Plan};
use crate::progress::{Progress, Stage};
use crate::report::{BundleIdentity, Report};
use report::Said;
use stages::Stages;

pub use check::look;
pub use found::{Found, Region};
#[cfg(feature = "train")]
pub(crate) use layout::z_fastest;
pub use layout::{from_tensor, to_tensor};
pub use prepare::{Prepared, prepare};

/// The series of one patient, in the order of [`Sequence::ALL`]. At least one must be there; in the places of the
/// others the network sees what the bundle paints there, or zeros, which it has learnt to do without.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    series: [Option<&'a Series>; 4],
    heads: [Option<&'a Head>; 4],
    /// Which are no whole volumes of a head by their size: none of them stands for the others.
    unfit: [bool; 4],
}

/// The scan whose grid the others are brought onto: the first of these that is there and of a head's size.
const REFERENCES: [Sequence; 4] = [Sequence::T1ce, Sequence::Flair, Sequence::T1, Sequence::T2];

impl<'a> Case<'a> {
    /// The series in the order of [`Sequence::ALL`].
    #[must_use]
    pub fn new(series: [Option<&'a Series>; 4]) -> Self {
        Self {
            series,
            heads: [None; 4],
            unfit: [false; 4],
        }
    }

    /// With what [`look`] found of each series, where it was asked already: reading need not ask again.
    #[must_use]
    pub fn looked_at(mut self, heads: [Option<&'a Head>; 4]) -> Self {
        self.heads = heads;
        self
    }

    /// Without the scans that `leave_out` names.
    fn without(mut self, leave_out: impl Fn(Sequence) -> bool) -> Self {
        for sequence in Sequence::ALL {
            if leave_out(sequence) {
                self.series[sequence.channel()] = None;
            }
        }
        self
    }

    /// The series of a sequence, where it was given.
    #[must_use]
    pub fn series(&self, sequence: Sequence) -> Option<&'a Series> {
        self.series[sequence.channel()]
    }

    fn head(&self, sequence: Sequence) -> Option<&'a Head> {
        self.heads[sequence.channel()]
    }

    fn volume(&self, sequence: Sequence) -> Option<&'a Volume> {
        self.series(sequence).map(|series| &series.volume)
    }

    /// The scans that are there.
    fn given(&self) -> impl Iterator<Item = (Sequence, &'a Volume)> {
        let case = *self;
        Sequence::ALL
            .into_iter()
            .filter_map(move |sequence| Some((sequence, case.volume(sequence)?)))
    }

    fn is_fit(&self, sequence: Sequence) -> bool {
        !self.unfit[sequence.channel()]
    }

    /// One of [`REFERENCES`].
    fn reference(&self) -> Result<(Sequence, &'a Volume), ModelError> {
        let fit = REFERENCES
            .into_iter()
            .filter(|sequence| self.is_fit(*sequence));
        fit.chain(REFERENCES)
            .find_map(|sequence| Some((sequence, self.volume(sequence)?)))
            .ok_or(ModelError::Imaging(imaging::ImagingError::NoVolume))
    }
}

/// A bundle's network on a device, ready to read cases.
#[derive(Debug)]
pub struct Reader {
    network: MtsUnet,
    /// The network's heads, on the CPU.
    heads: Heads,
    manifest: Manifest,
    finest: Finest,
    activations: Activations,
    identity: BundleIdentity,
    limits: Option<Limits>,
    device: Device,
    device_words: String,
}

/// What the person decides.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Read the scans as they are: none is moved and no skull is taken off. Where that was needed, the answer is
    /// doubtful.
    pub as_they_are: bool,
    /// The scan whose grid the segmentation is to be in; where it is absent or no whole volume, the first of T1ce,
    /// FLAIR, T1 and T2 that is one.
    pub space: Sequence,
    /// Read the mirror image too, left for right: the answer is the mean of both, and the report says
    /// how far they lie apart. Takes twice as long.
    pub mirror: bool,
    /// Where the heads answer.
    pub answers: Answers,
}

/// Where the heads answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// Where nothing is doubtful and a tumour was found: what a person is given.
    #[default]
    WhereSound,
    /// Always: to measure a network on cases whose truth is known. Nothing for a person's eyes.
    Always,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            as_they_are: false,
            space: Sequence::T1ce,
            mirror: false,
            answers: Answers::default(),
        }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Labels 0 to 3 in the grid of the scan that [`Report::space`] names, as it was given.
    pub labels: LabelMap,
    /// In the same grid, half of what lies between the probabilities of whole tumour for the scans and
    /// for their mirror image, 0 to 0.5; with [`Options::mirror`] alone.
    pub spread: Option<Volume>,
    /// Where the voxels of each scan lie in the patient space of the one that the others were brought onto, in the
    /// order of [`Sequence::ALL`]: its own affine, or another where it was moved.
    pub places: [Option<Affine>; 4],
    /// The brain, on that scan's grid turned to RAS.
    pub brain: Mask,
    /// What labels and probabilities on the other scans' grids are made of.
    pub found: Found,
    /// Everything else.
    pub report: Report,
}

/// What the pipeline tells while it works, beyond how far it is.
pub trait Observer: Progress {
    /// How many windows will be run, and how much of the network on each; told once, before the first.
    fn windows(&mut self, _count: usize, _part: Part) {}
}

impl Observer for crate::progress::Silent {}

/// As a sentence has them: `T1, T1ce and T2`.
fn listed(sequences: &[Sequence]) -> String {
    let words: Vec<String> = sequences.iter().map(ToString::to_string).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

impl Reader {
    /// Loads the bundle's network onto the device, planned so that the device can hold what it computes.
    ///
    /// # Errors
    /// [`ModelError::TooLarge`] where it cannot, before anything is loaded; if the device refuses it.
    pub fn new(bundle: &Bundle<impl Source>, opened: &Opened) -> Result<Self, ModelError> {
        let manifest = bundle.manifest();
        let (limits, activations) = (opened.limits, opened.activations);
        let plan = Plan::choose(&manifest.network, manifest.window, limits, activations)?;
        let network = bundle.network(&opened.device)?;
        Ok(Self {
            network: network
                .with_finest(plan.finest)
                .with_activations(plan.activations),
            heads: bundle.heads()?,
            manifest: manifest.clone(),
            finest: plan.finest,
            activations: plan.activations,
            limits,
            identity: bundle.identity(),
            device: opened.device.clone(),
            device_words: opened.words.clone(),
        })
    }

    /// [`Self::new`], on the CPU if the GPU cannot hold what the bundle's network computes and `choice` does not
    /// insist on it. Beside the reader stand the device that it reads on and, where that is not `opened`, why.
    ///
    /// # Errors
    /// [`ModelError::TooLarge`] where the choice insists; if the device refuses the network.
    pub fn on_what_holds_it(
        bundle: &Bundle<impl Source>,
        opened: Opened,
        choice: DeviceChoice,
    ) -> Result<(Self, Opened, Option<String>), ModelError> {
        match Self::new(bundle, &opened) {
            Err(error @ ModelError::TooLarge { .. }) if choice != DeviceChoice::Gpu => {
                let cpu = open_cpu();
                Ok((Self::new(bundle, &cpu)?, cpu, Some(error.to_string())))
            }
            reader => Ok((reader?, opened, None)),
        }
    }

    /// What so much of the network takes on one window, computed as it is here.
    ///
    /// # Errors
    /// None that loading it has not met.
    pub fn plan(&self, part: Part) -> Result<Plan, ModelError> {
        Plan::new(
            &self.manifest.network,
            self.manifest.window,
            1,
            self.finest,
            self.activations,
            part,
        )
    }

    /// What the bundle says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Reads a case.
    ///
    /// # Errors
    /// If the scans do not make a case, the device fails, or the observer has cancelled.
    pub async fn read_case(
        &self,
        case: Case<'_>,
        options: Options,
        observer: &mut dyn Observer,
    ) -> Result<Reading, ModelError> {
        let mut stages = Stages::new(observer);

        let normalisation = self.manifest.normalisation;
        let ready = prepare::ready(case, normalisation, options.as_they_are, &mut stages)?;
        let case = ready.case;
        let mut notes = ready.aligned.notes.clone();

        stages.enter(Stage::Resample)?;
        let input = resample::onto_model_grid(&ready.aligned, &ready.brain, &self.manifest)?;
        let places = ready.aligned.places;
        drop(ready.aligned);

        stages.enter(Stage::Normalise)?;
        let (input, absent) = normalise::normalise(input)?.painted(&self.manifest.painters);
        notes.extend(absent);

        stages.enter(Stage::Segment)?;
        let segmented = segment::segment(self, &input, options.mirror, &mut stages).await?;

        stages.enter(Stage::Classify)?;
        let answers = classify::classify(self, &input, &segmented, &mut stages).await?;

        stages.enter(Stage::Measure)?;
        let (space, scan) = match case.volume(options.space) {
            Some(scan) if case.is_fit(options.space) => (options.space, scan),
            _ => case.reference()?,
        };
        let place = places[space.channel()].unwrap_or(scan.grid.affine);
        let measured = measure::measure(self, segmented, &scan.grid, place);
        notes.extend(measured.note);
        let labels = measured.labels;
        let mut verdicts = ready.verdicts;
        let found = report::volumes(&labels);
        verdicts.push(report::tumour(&found, ready.brain.volume_ml()));
        let mirrored = measured
            .by_look
            .map(|volumes| report::mirrored(&answers, volumes));
        let said = Said {
            notes,
            verdicts,
            preparation: ready.preparation,
            answers: options.answers,
        };
        let seconds = stages.finish();
        let report = report::compose(self, &labels, &answers, space, said, mirrored, seconds);
        Ok(Reading {
            labels,
            spread: measured.spread,
            places,
            brain: ready.brain,
            found: measured.found,
            report,
        })
    }
}
