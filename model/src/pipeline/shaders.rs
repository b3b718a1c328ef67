//! What a reader does once for its device.

use super::Reader;
use crate::ModelError;
use crate::progress::{Progress, Stage};

impl Reader {
    /// Compiles what the network runs on a GPU, so that the first window is as fast as the others. On the CPU
    /// there is nothing to do.
    ///
    /// # Errors
    /// If the device fails, or nobody wants the answer any more.
    pub async fn prepare(&self, progress: &mut dyn Progress) -> Result<(), ModelError> {
        let mut tell = |done| {
            progress.stage(Stage::Prepare, done);
            match progress.cancelled() {
                true => Err(ModelError::Cancelled),
                false => Ok(()),
            }
        };
        tell(0.0)?;
        #[cfg(feature = "gpu")]
        if crate::kernels::by_shader(&self.device) {
            let window = self.manifest.window;
            crate::device::prepare(&self.network, window, &self.device, tell).await?;
            return Ok(());
        }
        tell(1.0)
    }
}
