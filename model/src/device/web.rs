//! Starting a GPU in the browser. What Burn takes for granted is asked for first.

use burn::tensor::Device;

use super::{DeviceError, Kind, Limits, Opened, enough};
use crate::adapter::{self, TIMESTAMPS};
use crate::kernels::Activations;

/// Starts the GPU, if there is one that has everything that is needed.
pub(super) async fn start() -> Result<Opened, DeviceError> {
    let adapter = adapter::ask().await?;
    if !adapter.has(TIMESTAMPS)? {
        return Err(DeviceError::MissingFeature {
            feature: TIMESTAMPS,
            adapter: adapter.words,
        });
    }
    let limits = Limits {
        storage_binding_bytes: adapter.limit("maxStorageBufferBindingSize"),
        buffer_bytes: adapter.limit("maxBufferSize"),
    };
    enough(limits, &adapter.words)?;
    let start = Device::wgpu_options().init_with_setup_async().await;
    let (device, setup) = start.map_err(|error| DeviceError::Start(error.to_string()))?;
    (setup.device).set_device_lost_callback(|reason, words| {
        super::lost::tell(&format!("{reason:?} {words}"));
    });
    #[cfg(feature = "faults")]
    super::faults::can_be_lost(move || setup.device.destroy());
    Ok(Opened {
        device,
        kind: Kind::Gpu,
        words: adapter.words,
        limits: Some(limits),
        activations: Activations::Full,
    })
}
