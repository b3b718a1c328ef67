//! Training: examples on the network's grid, drawn with variations, a loss whose gradient is written
//! out, and a loop that can be stopped and go on. Natively, on the CPU.

pub mod example;
pub mod heads;
pub mod loss;
pub mod paint;
pub mod prepare;
pub mod recipe;
mod schedule;
mod smooth;
pub mod trainer;
pub mod vary;

pub use crate::parameters::Weights;
pub use example::{Example, Truth};
pub use recipe::Recipe;
pub use trainer::train;
