//! Waiting for a device.

use burn::tensor::Tensor;

use crate::ModelError;

/// Waits until the device has computed `tensor`: no device can answer one number of it before. Natively the bytes
/// that come back may still be on their way; looking at them waits.
pub(crate) async fn computed<const D: usize>(tensor: Tensor<D>) -> Result<(), ModelError> {
    let failed = |error: &dyn std::fmt::Debug| ModelError::Device(format!("{error:?}"));
    let count = tensor.shape().num_elements();
    let one = tensor.reshape([count]).narrow(0, 0, 1);
    let data = one.into_data_async().await.map_err(|e| failed(&e))?;
    let data = data.convert::<f32>();
    data.try_to_vec::<f32>().map_err(|e| failed(&e))?;
    Ok(())
}
