//! MTS-UNET.
