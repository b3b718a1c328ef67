//! Starting a GPU outside a browser.

use burn::tensor::wgpu::WgpuOptions;
use burn::tensor::{Device, DeviceKind};

use super::{DeviceError, Kind, Limits, Opened, enough};
use crate::adapter::AdapterError;
use crate::kernels::Activations;

/// Starts the GPU; waits for it.
pub(super) fn start() -> Result<Opened, DeviceError> {
    start_with(Device::wgpu_options())
}

/// Starts the GPU of this number; waits for it.
pub(super) fn start_number(number: usize) -> Result<Opened, DeviceError> {
    let of_kind = |kind| start_with(Device::wgpu_options().device_kind(kind));
    let first = of_kind(DeviceKind::DiscreteGpu(number));
    let rest = [
        DeviceKind::IntegratedGpu(number),
        DeviceKind::VirtualGpu(number),
    ];
    let software = (number == 0).then_some(DeviceKind::Cpu);
    let mut rest = rest.into_iter().chain(software);
    match first {
        // What a discrete one lacks is to be heard of.
        Err(DeviceError::Start(_)) => {}
        found => return found,
    }
    let found = rest.find_map(|kind| of_kind(kind).ok());
    found.ok_or_else(|| AdapterError::NoAdapter(format!("there is none of number {number}")).into())
}

fn start_with(options: WgpuOptions) -> Result<Opened, DeviceError> {
    let start = options.init_with_setup();
    let (device, setup) = start.map_err(|error| DeviceError::Start(error.to_string()))?;
    let (info, limits) = (setup.adapter.get_info(), setup.device.limits());
    let limits = Limits {
        storage_binding_bytes: limits.max_storage_buffer_binding_size,
        buffer_bytes: limits.max_buffer_size,
    };
    let words = format!("{} ({:?})", info.name, info.backend);
    enough(limits, &words)?;
    Ok(Opened {
        device,
        kind: Kind::Gpu,
        words,
        limits: Some(limits),
        activations: Activations::Full,
    })
}
