//! Starting a GPU outside a browser.

use burn::tensor::Device;

use super::{DeviceError, Kind, Limits, Opened, enough};

/// Starts the GPU; waits for it.
pub(super) fn start() -> Result<Opened, DeviceError> {
    let start = Device::wgpu_options().init_with_setup();
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
    })
}
