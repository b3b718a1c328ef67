//! What a pickle can hold.

use crate::foreign::tensor::Number;

use super::global::Global;

/// A value on the machine's stack.
#[derive(Clone, Copy, Debug)]
pub(in crate::foreign) enum Value<'a> {
    /// A number that can be a size.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// A place in [`Object::dicts`].
    Dict(usize),
    /// A place in [`Object::tuples`].
    Tuple(usize),
    /// A list or a set; nothing that is needed is ever in one.
    List,
    /// A place in [`Object::storages`].
    Storage(usize),
    /// A place in [`Object::tensors`].
    Tensor(usize),
    /// Something that torch's pickles call.
    Global(Global),
    /// None, truth, fractions, bytes, dates, arrays: plain values that nothing is made of.
    Plain,
}

/// A storage that lies elsewhere in the archive.
#[derive(Clone, Copy, Debug)]
pub(in crate::foreign) struct Storage<'a> {
    pub(in crate::foreign) number: Number,
    /// The name of the archive's part.
    pub(in crate::foreign) key: &'a str,
    /// How many numbers it has.
    pub(in crate::foreign) count: usize,
}

/// A tensor's place in its storage, in elements.
#[derive(Clone, Debug)]
pub(in crate::foreign) struct TensorAt<'a> {
    pub(in crate::foreign) storage: Storage<'a>,
    pub(in crate::foreign) offset: usize,
    pub(in crate::foreign) shape: Vec<usize>,
    pub(in crate::foreign) strides: Vec<usize>,
}

/// Everything that a pickle made.
#[derive(Debug)]
pub(in crate::foreign) struct Object<'a> {
    pub(in crate::foreign) root: Value<'a>,
    pub(in crate::foreign) dicts: Vec<Vec<(Value<'a>, Value<'a>)>>,
    pub(in crate::foreign) tuples: Vec<Vec<Value<'a>>>,
    pub(in crate::foreign) storages: Vec<Storage<'a>>,
    pub(in crate::foreign) tensors: Vec<TensorAt<'a>>,
}
