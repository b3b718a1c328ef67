//! What a `torch.save` pickle says, without Python: a stack machine that knows only the operations
//! with which tensors, dictionaries, lists, tuples, numbers and text are made. Of plain values it knows
//! where they end, not what they are: dates, paths and arrays beside the weights are passed over.
//!
//! An object is a number into one of a few lists, so that an object that holds itself is as harmless
//! as any other, and memory is bounded by the pickle's length. Source: CPython's `pickletools`.

mod global;
mod machine;
mod value;

pub(super) use machine::read;
pub(super) use value::{Object, Storage, Value};
