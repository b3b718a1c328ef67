//! Times the network and its kernels for the page's benchmark.

use mts_unet::benchmark::{self, Probe};
use mts_unet::device;

use super::read::{self, Stop};
use super::speaker::Speaker;
use crate::protocol::{DeviceWish, Event, MemoryReport, Timed};

/// Bytes of a page of WebAssembly's memory.
const PAGE: u64 = 65536;

/// Runs all probes, and tells the page of each.
pub(crate) async fn run(wish: &DeviceWish, speaker: &Speaker) {
    let (memory, error) = match measure(wish, speaker).await {
        Ok(memory) => (Some(memory), None),
        Err(Stop(error, _)) => (None, Some(error)),
    };
    speaker.say(&Event::BenchmarkDone { memory, error });
}

async fn measure(wish: &DeviceWish, speaker: &Speaker) -> Result<MemoryReport, Stop> {
    let (opened, why) = read::open(wish, None, false, |_| ()).await?;
    speaker.say(&Event::Device(read::device_report(&opened, &why)));
    for probe in Probe::ALL {
        let timing = benchmark::time(probe, &opened.device).await?;
        speaker.say(&Event::Timed(Timed {
            name: probe.words(),
            first_s: timing.first_s,
            seconds: timing.seconds,
            flop: probe.flop(),
            bytes: probe.bytes(),
            of: Probe::ALL.len(),
        }));
    }
    Ok(MemoryReport {
        gpu_bytes: device::memory(&opened.device).map(|memory| memory.bytes_reserved),
        engine_bytes: core::arch::wasm32::memory_size(0) as u64 * PAGE,
    })
}
