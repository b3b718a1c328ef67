//! Where to compute, as it is said on the command line.

use clap::ValueEnum;
use mts_unet::device::{self, DeviceChoice, Opened};

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
