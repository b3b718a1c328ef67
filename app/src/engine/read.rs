//! One reading: the only place where the engine calls the pipeline.

use imaging::{Affine, LabelMap, Mask, Sequence, nifti};
use mts_unet::ModelError;
use mts_unet::bundle::{Bundle, Card, Manifest};
use mts_unet::device::{self, DeviceError, Kind, Opened};
use mts_unet::pipeline::{Case, Found, Options, Reader};
use mts_unet::progress::{Progress, Stage};
use mts_unet::report::{DISCLAIMER, LABEL_NAMES, Report};
use wasm_bindgen::JsValue;

use super::files;
use super::speaker::Speaker;
use super::teller::Teller;
use crate::protocol::{
    BundleSource, DeviceChoice, DeviceKind, DeviceReport, DeviceWish, Event, FailureScope, Fault,
    ReadRequest,
};
use crate::user_error::UserError;

/// What a reading gives.
pub(crate) struct Reading {
    /// The answers.
    pub(crate) report: Report,
    /// What the bundle says of itself.
    pub(crate) card: Card,
    /// On the T1ce's grid as the person gave it.
    pub(crate) labels: LabelMap,
    /// Where the voxels of each scan lie in the space of the one that the others were brought onto.
    pub(crate) places: [Option<Affine>; 4],
    /// The brain, in that space.
    pub(crate) brain: Mask,
    /// What files in other grids are made of.
    pub(crate) found: Found,
    /// `segmentation.nii.gz`, on the same grid.
    pub(crate) segmentation: Vec<u8>,
}

/// Why there is no answer, and what is still usable.
pub(crate) struct Stop(pub(crate) UserError, pub(crate) FailureScope);

impl From<ModelError> for Stop {
    fn from(error: ModelError) -> Self {
        let scope = match error {
            ModelError::Device(_) => FailureScope::Device,
            _ => FailureScope::Case,
        };
        Self(UserError::new(sentence(&error), error.mend()), scope)
    }
}

impl From<DeviceError> for Stop {
    fn from(error: DeviceError) -> Self {
        let error = UserError::new(
            format!("The graphics processor cannot be used: {error}."),
            "Use the CPU: it gives the same answer, more slowly.",
        );
        Self(error, FailureScope::Device)
    }
}

/// Reads a case; `added` is the bundle's `Blob` where the person added it.
pub(crate) async fn read(
    request: &ReadRequest,
    added: Option<&JsValue>,
    case: Case<'_>,
    speaker: &Speaker,
) -> Result<Reading, Stop> {
    device::on_lost(tell_page_of_lost_device);
    let fault = request.fault.filter(|_| cfg!(feature = "faults"));
    let mut teller = Teller::new(speaker.clone(), fault);
    teller.stage(Stage::Load, 0.0);
    let file = match &request.bundle {
        BundleSource::Shipped { url } => files::fetch(url).await,
        BundleSource::Added => files::outside(added, "the model's").await,
    };
    let file = file.map_err(|error| Stop(error, FailureScope::Case))?;
    let bundle = Bundle::read(file).map_err(ModelError::from)?;

    teller.stage(Stage::SelfTest, 0.0);
    let compares = bundle.manifest().network.compares();
    let tell = |done| teller.stage(Stage::SelfTest, done);
    let (opened, why) = open(&request.device, fault, compares, tell).await?;
    let Manifest {
        network, window, ..
    } = bundle.manifest();
    let tell = |done| teller.stage(Stage::SelfTest, 0.5 + 0.5 * done);
    let opened = device::storing_what_pays(opened, network, *window, tell).await?;
    let (reader, opened, too_large) =
        Reader::on_what_holds_it(&bundle, opened, wanted(request.device.choice))?;
    drop(bundle);
    let why = too_large.unwrap_or(why);
    speaker.say(&Event::Device(device_report(&opened, &why)));
    let looks = 1 + usize::from(request.mirror);
    teller.calibrate(&opened, &reader, looks).await?;

    reader.prepare(&mut teller).await?;
    let options = Options {
        as_they_are: request.as_they_are,
        space: Sequence::T1ce,
        mirror: request.mirror,
        ..Options::default()
    };
    let reading = reader.read_case(case, options, &mut teller);
    let reading = reading.await?;
    let mut report = reading.report;
    let geometry = case
        .series(report.space)
        .and_then(|series| series.geometry.as_ref());
    let segmentation = nifti::write_labels(&reading.labels, LABEL_NAMES, DISCLAIMER, geometry);
    if opened.kind == Kind::Cpu && request.device.choice != DeviceChoice::Cpu {
        report.notes.push(device::cpu_note(&why));
    }
    Ok(Reading {
        report,
        card: reader.manifest().card.clone(),
        labels: reading.labels,
        places: reading.places,
        brain: reading.brain,
        found: reading.found,
        segmentation: segmentation.map_err(ModelError::from)?,
    })
}

/// The device, tested with CMD if it `compares`, and why that one; `tell` hears how much of the test is done.
pub(crate) async fn open(
    wish: &DeviceWish,
    fault: Option<Fault>,
    compares: bool,
    tell: impl FnMut(f32),
) -> Result<(Opened, String), Stop> {
    #[cfg(all(feature = "faults", feature = "gpu"))]
    device::faults::miscompute(fault == Some(Fault::SelfTest));
    #[cfg(not(all(feature = "faults", feature = "gpu")))]
    let _ = fault;
    let chosen = match (wish.choice, &wish.no_gpu) {
        (DeviceChoice::Auto | DeviceChoice::Gpu, Some(why)) => {
            Ok((device::open_cpu(), Some(why.clone())))
        }
        (choice, _) => device::choose(wanted(choice), compares, tell).await,
    };
    let (opened, refused) = match chosen {
        // A GPU that fails is never used, whoever asked for it: the CPU gives the same answer.
        Err(error) => (device::open_cpu(), Some(error.to_string())),
        Ok(chosen) => chosen,
    };
    let why = refused.unwrap_or_else(|| match wish.choice {
        DeviceChoice::Auto => "it passed its self-test".to_owned(),
        DeviceChoice::Gpu => "chosen by hand; it passed its self-test".to_owned(),
        DeviceChoice::Cpu => "chosen by hand".to_owned(),
    });
    Ok((opened, why))
}

/// The page's choice in the model's words.
fn wanted(choice: DeviceChoice) -> device::DeviceChoice {
    match choice {
        DeviceChoice::Auto => device::DeviceChoice::Auto,
        DeviceChoice::Gpu => device::DeviceChoice::Gpu,
        DeviceChoice::Cpu => device::DeviceChoice::Cpu,
    }
}

/// The device as the page is told of it.
pub(crate) fn device_report(opened: &Opened, why: &str) -> DeviceReport {
    DeviceReport {
        kind: match opened.kind {
            Kind::Gpu => DeviceKind::Gpu,
            Kind::Cpu => DeviceKind::Cpu,
        },
        name: opened.words.clone(),
        why: why.to_owned(),
    }
}

/// The browser took the GPU away: nothing that waits for it will be answered any more.
fn tell_page_of_lost_device(words: &str) {
    let error = UserError::new(
        "The graphics processor was lost while it was working.",
        "Nothing that was loaded is lost. Try again, or use the CPU.",
    )
    .with("device lost", words);
    Speaker::new().say(&Event::Failed {
        error,
        scope: FailureScope::Device,
    });
}

/// An error's words as a sentence.
fn sentence(error: &ModelError) -> String {
    let words = error.to_string();
    let mut letters = words.chars();
    let first = letters
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
