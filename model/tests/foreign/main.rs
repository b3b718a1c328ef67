//! Foreign checkpoints: what is read, what becomes of it, and what is refused.
#![cfg(all(feature = "network", not(target_arch = "wasm32")))]

mod archive;
#[cfg(feature = "cli")]
mod command;
mod converts;
#[path = "../common/dice.rs"]
mod dice;
mod fuzz;
mod network;
mod pickle;
mod reads;
mod refused;
mod shards;
mod torch;
mod training;
mod trial;
