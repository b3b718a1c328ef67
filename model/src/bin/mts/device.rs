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

/// The device, and what has to be said about the choice.
pub(crate) async fn choose(choice: DeviceArgument) -> Result<(Opened, Option<String>), Failure> {
    let choice = match choice {
        DeviceArgument::Auto => DeviceChoice::Auto,
        DeviceArgument::Gpu => DeviceChoice::Gpu,
        DeviceArgument::Cpu => DeviceChoice::Cpu,
    };
    Ok(device::choose(choice).await?)
}

/// The bundle's network on `opened`, or on the CPU where a GPU was not insisted on and cannot hold it; then why is
/// said, too.
pub(crate) fn reader(
    bundle: &Bundle,
    opened: &Opened,
    choice: DeviceArgument,
) -> Result<(Reader, Option<String>), Failure> {
    match choice {
        DeviceArgument::Gpu => Ok((Reader::new(bundle, opened)?, None)),
        DeviceArgument::Auto | DeviceArgument::Cpu => {
            let (reader, _, refused) = Reader::on_what_holds_it(bundle, opened.clone())?;
            Ok((reader, refused))
        }
    }
}
