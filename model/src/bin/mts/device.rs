//! Where to compute, as it is said on the command line.

use clap::ValueEnum;
use mts_unet::bundle::Bundle;
use mts_unet::device::{self, DeviceChoice, Opened};
use mts_unet::pipeline::Reader;

use crate::Failure;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum DeviceArgument {
    Auto,
    Gpu,
    Cpu,
}

impl From<DeviceArgument> for DeviceChoice {
    fn from(argument: DeviceArgument) -> Self {
        match argument {
            DeviceArgument::Auto => Self::Auto,
            DeviceArgument::Gpu => Self::Gpu,
            DeviceArgument::Cpu => Self::Cpu,
        }
    }
}

/// The device, tested with all that a bundle may need, and what has to be said about the choice.
pub(crate) async fn choose(choice: DeviceArgument) -> Result<(Opened, Option<String>), Failure> {
    Ok(device::choose(choice.into(), true, |_| ()).await?)
}

/// The bundle's network on `opened`, storing there what pays, or on the CPU where a GPU was not insisted on and cannot
/// hold it; then why is said, too.
pub(crate) async fn reader(
    bundle: &Bundle,
    opened: &Opened,
    choice: DeviceArgument,
) -> Result<(Reader, Option<String>), Failure> {
    let manifest = bundle.manifest();
    let (config, window) = (&manifest.network, manifest.window);
    let opened = device::storing_what_pays(opened.clone(), config, window, |_| ()).await?;
    let (reader, _, refused) = Reader::on_what_holds_it(bundle, opened, choice.into())?;
    Ok((reader, refused))
}
