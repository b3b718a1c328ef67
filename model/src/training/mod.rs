//! Training: examples on the network's grid, drawn with variations, a loss whose gradient is written
//! out, and a loop that can be stopped and go on; before it, where wanted, the encoder's own training
//! without labels. Natively, on the CPU or on GPUs.

mod checkpoint;
pub mod encoder;
mod error;
pub mod example;
mod exchange;
pub mod heads;
pub mod joint;
pub mod loss;
mod numbers;
mod optimizer;
pub mod paint;
pub mod prepare;
pub mod pretrain;
pub mod recipe;
mod run;
mod schedule;
mod smooth;
mod team;
pub mod trainer;
pub mod vary;

pub use crate::parameters::Weights;
pub use error::TrainError;
pub use example::{Example, Truth};
pub use pretrain::pretrain;
pub use recipe::Recipe;
pub use team::Processors;
pub use trainer::{Trained, train};
