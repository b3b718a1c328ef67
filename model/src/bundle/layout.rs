//! Whether a file's tensors are exactly those that its network needs.

use std::collections::BTreeMap;

use burn::tensor::Device;

use super::BundleError;
use super::error::clip;
use crate::network::MtsUnetConfig;
use crate::parameters;

/// Compares names and shapes with those of the network that `config` describes. The network is
/// built for its parameter list alone: they are lazy, so that none is allocated.
pub(super) fn check<'a>(
    config: &MtsUnetConfig,
    found: impl Iterator<Item = (&'a str, &'a [usize])>,
) -> Result<(), BundleError> {
    let network = config
        .init(&Device::flex())
        .map_err(|error| BundleError::Invalid {
            field: "network",
            problem: error.to_string(),
        })?;
    let mut found: BTreeMap<&str, &[usize]> = found.collect();
    for (name, expected) in parameters::list(&network) {
        match found.remove(name.as_str()) {
            None => return Err(BundleError::MissingTensor { name, expected }),
            Some(shape) if shape != expected => {
                return Err(BundleError::TensorShape {
                    name,
                    found: shape.to_vec(),
                    expected,
                });
            }
            Some(_) => {}
        }
    }
    match found.first_key_value() {
        Some((name, shape)) => Err(BundleError::ExtraTensor {
            name: clip(name),
            found: shape.to_vec(),
        }),
        None => Ok(()),
    }
}
