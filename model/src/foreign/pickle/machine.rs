//! The stack machine.

use std::collections::BTreeMap;

use super::global::Global;
use super::value::{Object, Storage, TensorAt, Value};
use crate::foreign::ForeignError;
use crate::foreign::error::clip;

/// Follows `pickle` to its end and gives what it made.
///
/// # Errors
/// At the first name or operation that is not known, and where the pickle does not hang together.
pub(in crate::foreign) fn read(pickle: &[u8]) -> Result<Object<'_>, ForeignError> {
    let mut machine = Machine {
        pickle,
        at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: BTreeMap::new(),
        object: Object {
            root: Value::Plain,
            dicts: Vec::new(),
            tuples: Vec::new(),
            storages: Vec::new(),
            tensors: Vec::new(),
        },
    };
    loop {
        let start = machine.at;
        match machine.step() {
            Ok(Next::Go) => {}
            Ok(Next::Stop) => return Ok(machine.object),
            Err(Refusal::Forbidden(name)) => return Err(ForeignError::Forbidden(name)),
            Err(Refusal::Broken(problem)) => {
                return Err(ForeignError::Pickle { problem, at: start });
            }
        }
    }
}

enum Next {
    Go,
    Stop,
}

enum Refusal {
    /// A name of Python's that is not known.
    Forbidden(String),
    /// What is wrong.
    Broken(String),
}

/// A problem without numbers in it.
fn broken<T>(problem: &str) -> Result<T, Refusal> {
    Err(Refusal::Broken(problem.into()))
}

struct Machine<'a> {
    pickle: &'a [u8],
    at: usize,
    stack: Vec<Value<'a>>,
    /// How long the stack was at each mark that is open.
    marks: Vec<usize>,
    memo: BTreeMap<u32, Value<'a>>,
    object: Object<'a>,
}

impl<'a> Machine<'a> {
    /// One operation.
    fn step(&mut self) -> Result<Next, Refusal> {
        let [operation] = self.take_array()?;
        match operation {
            // PROTO
            0x80 => {
                let [version] = self.take_array()?;
                if !(2..=5).contains(&version) {
                    return Err(Refusal::Broken(format!(
                        "protocol {version}; 2 to 5 are known"
                    )));
                }
            }
            // FRAME: only how far one could read ahead
            0x95 => drop(self.take(8)?),
            b'.' => {
                self.object.root = self.pop()?;
                return Ok(Next::Stop);
            }
            b'(' => self.marks.push(self.stack.len()),
            // NONE, NEWTRUE, NEWFALSE
            b'N' | 0x88 | 0x89 => self.stack.push(Value::Plain),
            // BINFLOAT
            b'G' => self.plain(8)?,
            b'K' => {
                let [byte] = self.take_array()?;
                self.stack.push(Value::Int(byte.into()));
            }
            b'M' => {
                let number = u16::from_le_bytes(self.take_array()?);
                self.stack.push(Value::Int(number.into()));
            }
            b'J' => {
                let number = i32::from_le_bytes(self.take_array()?);
                self.stack.push(Value::Int(number.into()));
            }
            // LONG1, LONG4
            0x8a => self.long(1)?,
            0x8b => self.long(4)?,
            // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
            b'X' => self.text(4)?,
            0x8c => self.text(1)?,
            0x8d => self.text(8)?,
            // Bytes and Python 2's strings: SHORT_BINBYTES, SHORT_BINSTRING, BINBYTES, BINSTRING, BINBYTES8,
            // BYTEARRAY8
            b'C' | b'U' => self.counted_plain(1)?,
            b'B' | b'T' => self.counted_plain(4)?,
            0x8e | 0x96 => self.counted_plain(8)?,
            // POP, POP_MARK: a tuple that holds itself
            b'0' => drop(self.pop()?),
            b'1' => drop(self.since_mark()?),
            // EMPTY_LIST, APPEND, APPENDS, EMPTY_SET, ADDITEMS, FROZENSET
            b']' | 0x8f => self.stack.push(Value::List),
            b'a' => drop(self.pop()?),
            b'e' | 0x90 => drop(self.since_mark()?),
            0x91 => {
                self.since_mark()?;
                self.stack.push(Value::List);
            }
            // EMPTY_TUPLE, TUPLE1 to TUPLE3, TUPLE
            b')' => self.tuple(Vec::new()),
            0x85..=0x87 => {
                let count = usize::from(operation - 0x84);
                let items = self.pop_many(count)?;
                self.tuple(items);
            }
            b't' => {
                let items = self.since_mark()?;
                self.tuple(items);
            }
            // EMPTY_DICT, SETITEM, SETITEMS
            b'}' => self.dict(),
            b's' => {
                let items = self.pop_many(2)?;
                self.set(&items)?;
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set(&items)?;
            }
            // BINPUT, LONG_BINPUT, MEMOIZE
            b'q' => {
                let [place] = self.take_array()?;
                self.remember(place.into())?;
            }
            b'r' => {
                let place = u32::from_le_bytes(self.take_array()?);
                self.remember(place)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            // BINGET, LONG_BINGET
            b'h' => {
                let [place] = self.take_array()?;
                self.recall(place.into())?;
            }
            b'j' => {
                let place = u32::from_le_bytes(self.take_array()?);
                self.recall(place)?;
            }
            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(module, name)?;
            }
            0x93 => {
                let [Value::Text(module), Value::Text(name)] = self.pop_many(2)?[..] else {
                    return broken("a name that is no text");
                };
                self.global(module, name)?;
            }
            b'Q' => self.persistent()?,
            b'R' => self.reduce()?,
            // NEWOBJ, NEWOBJ_EX
            0x81 => self.new_object(2)?,
            0x92 => self.new_object(3)?,
            b'b' => self.build()?,
            other => {
                return Err(Refusal::Broken(format!(
                    "operation {other:#04x}, which tensors and plain values do not need"
                )));
            }
        }
        Ok(Next::Go)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        let end = self.at.checked_add(count);
        let Some(bytes) = end.and_then(|end| self.pickle.get(self.at..end)) else {
            return broken("it ends too early");
        };
        self.at += count;
        Ok(bytes)
    }

    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        match self.take(N)?.first_chunk() {
            Some(bytes) => Ok(*bytes),
            None => broken("it ends too early"),
        }
    }

    /// A length in `width` bytes, little-endian, and as many bytes.
    fn counted(&mut self, width: usize) -> Result<&'a [u8], Refusal> {
        let digits = self.take(width)?.iter().rev();
        let length = digits.fold(0_u64, |length, &digit| (length << 8) | u64::from(digit));
        match usize::try_from(length) {
            Ok(length) => self.take(length),
            Err(_) => broken("it ends too early"),
        }
    }

    fn plain(&mut self, count: usize) -> Result<(), Refusal> {
        self.take(count)?;
        self.stack.push(Value::Plain);
        Ok(())
    }

    fn counted_plain(&mut self, width: usize) -> Result<(), Refusal> {
        self.counted(width)?;
        self.stack.push(Value::Plain);
        Ok(())
    }

    fn text(&mut self, width: usize) -> Result<(), Refusal> {
        let Ok(text) = std::str::from_utf8(self.counted(width)?) else {
            return broken("text that is no UTF-8");
        };
        self.stack.push(Value::Text(text));
        Ok(())
    }

    /// A whole number, two's complement, after its length in `width` bytes; one that fits no i64 is no size.
    fn long(&mut self, width: usize) -> Result<(), Refusal> {
        let bytes = self.counted(width)?;
        self.stack.push(if bytes.len() > 8 {
            Value::Plain
        } else {
            let fill = if bytes.last().is_some_and(|&top| top > 127) {
                0xff
            } else {
                0
            };
            let mut number = [fill; 8];
            number[..bytes.len()].copy_from_slice(bytes);
            Value::Int(i64::from_le_bytes(number))
        });
        Ok(())
    }

    /// Text up to the end of the line.
    fn line(&mut self) -> Result<&'a str, Refusal> {
        let rest = &self.pickle[self.at..];
        let Some(length) = rest.iter().position(|&byte| byte == b'\n') else {
            return broken("it ends too early");
        };
        self.at += length + 1;
        match std::str::from_utf8(&rest[..length]) {
            Ok(line) => Ok(line),
            Err(_) => broken("a name that is no UTF-8"),
        }
    }

    fn pop(&mut self) -> Result<Value<'a>, Refusal> {
        match self.pop_many(1)?.pop() {
            Some(value) => Ok(value),
            None => broken("nothing is there to take"),
        }
    }

    /// The last `count` values, which lie above the last mark.
    fn pop_many(&mut self, count: usize) -> Result<Vec<Value<'a>>, Refusal> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len().checked_sub(count) {
            Some(start) if start >= floor => Ok(self.stack.split_off(start)),
            _ => broken("nothing is there to take"),
        }
    }

    fn since_mark(&mut self) -> Result<Vec<Value<'a>>, Refusal> {
        match self.marks.pop() {
            Some(start) => Ok(self.stack.split_off(start)),
            None => broken("a mark is missing"),
        }
    }

    fn tuple(&mut self, items: Vec<Value<'a>>) {
        self.stack.push(Value::Tuple(self.object.tuples.len()));
        self.object.tuples.push(items);
    }

    fn dict(&mut self) {
        self.stack.push(Value::Dict(self.object.dicts.len()));
        self.object.dicts.push(Vec::new());
    }

    /// Keys and values in turn, into the dictionary on top.
    fn set(&mut self, items: &[Value<'a>]) -> Result<(), Refusal> {
        let (pairs, odd) = items.as_chunks::<2>();
        if !odd.is_empty() {
            return broken("a key without a value");
        }
        match self.stack.last() {
            Some(Value::Dict(dict)) => {
                let pairs = pairs.iter().map(|&[key, value]| (key, value));
                self.object.dicts[*dict].extend(pairs);
                Ok(())
            }
            Some(Value::Plain) => Ok(()),
            _ => broken("items for what is no dictionary"),
        }
    }

    fn remember(&mut self, place: u32) -> Result<(), Refusal> {
        match self.stack.last() {
            Some(&value) => {
                self.memo.insert(place, value);
                Ok(())
            }
            None => broken("nothing is there to remember"),
        }
    }

    fn recall(&mut self, place: u32) -> Result<(), Refusal> {
        match self.memo.get(&place) {
            Some(&value) => {
                self.stack.push(value);
                Ok(())
            }
            None => broken("something is recalled that was never remembered"),
        }
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), Refusal> {
        let Some(global) = Global::find(module, name) else {
            return Err(Refusal::Forbidden(clip(&format!("{module}.{name}"))));
        };
        self.stack.push(Value::Global(global));
        Ok(())
    }

    /// `('storage', type, key, device, count)`: a storage elsewhere in the archive. The device that it
    /// was on does not matter.
    fn persistent(&mut self) -> Result<(), Refusal> {
        let reference = self.pop()?;
        let [
            Value::Text("storage"),
            Value::Global(Global::Storage(number)),
            Value::Text(key),
            _,
            count,
        ] = *self.items(reference)
        else {
            return broken("a reference to what is no storage");
        };
        let count = size(count)?;
        self.stack.push(Value::Storage(self.object.storages.len()));
        self.object.storages.push(Storage { number, key, count });
        Ok(())
    }

    /// What a known name makes of its arguments.
    fn reduce(&mut self) -> Result<(), Refusal> {
        let arguments = self.pop()?;
        let Value::Global(global) = self.pop()? else {
            return broken("a call of what is no name");
        };
        let made = self.made(global, arguments)?;
        self.stack.push(made);
        Ok(())
    }

    fn made(&mut self, global: Global, arguments: Value<'a>) -> Result<Value<'a>, Refusal> {
        Ok(match (global, self.items(arguments)) {
            (Global::OrderedDict, []) | (Global::OtherDict, _) => {
                self.dict();
                self.pop()?
            }
            (Global::RebuildTensor, &[Value::Storage(storage), offset, shape, strides, ..]) => {
                let tensor = TensorAt {
                    storage: self.object.storages[storage],
                    offset: size(offset)?,
                    shape: self.sizes(shape)?,
                    strides: self.sizes(strides)?,
                };
                self.object.tensors.push(tensor);
                Value::Tensor(self.object.tensors.len() - 1)
            }
            (Global::RebuildParameter, &[tensor @ Value::Tensor(_), ..]) => tensor,
            // The class must be a known one, or its name would have been refused.
            (
                Global::RebuildFromType,
                &[
                    Value::Global(maker @ (Global::RebuildTensor | Global::RebuildParameter)),
                    Value::Global(_),
                    arguments,
                    ..,
                ],
            ) => self.made(maker, arguments)?,
            (Global::Plain, _) => Value::Plain,
            (global, _) => {
                return Err(Refusal::Broken(format!(
                    "{global:?} with other arguments than torch's"
                )));
            }
        })
    }

    /// An object of a known class before it has attributes: the class, its arguments and, of three, those
    /// that have names.
    fn new_object(&mut self, count: usize) -> Result<(), Refusal> {
        match self.pop_many(count)?[..] {
            [Value::Global(Global::Plain), ..] => self.stack.push(Value::Plain),
            [Value::Global(Global::OtherDict), ..] => self.dict(),
            _ => return broken("an object of what is no class of plain values"),
        }
        Ok(())
    }

    /// Attributes of an object: the state dict's notes on versions, a NumPy type's byte order, a training's
    /// settings. None changes a tensor.
    fn build(&mut self) -> Result<(), Refusal> {
        self.pop()?;
        match self.stack.last() {
            Some(Value::Dict(_) | Value::Plain) => Ok(()),
            _ => broken("attributes for what has none"),
        }
    }

    /// The items of a tuple; none for anything else.
    fn items(&self, value: Value<'a>) -> &[Value<'a>] {
        match value {
            Value::Tuple(place) => &self.object.tuples[place],
            _ => &[],
        }
    }

    fn sizes(&self, value: Value<'a>) -> Result<Vec<usize>, Refusal> {
        match value {
            Value::Tuple(_) => self.items(value).iter().map(|&item| size(item)).collect(),
            _ => broken("sizes that are no tuple"),
        }
    }
}

fn size(value: Value<'_>) -> Result<usize, Refusal> {
    match value {
        Value::Int(number) => {
            usize::try_from(number).map_err(|_| Refusal::Broken(format!("a size of {number}")))
        }
        _ => broken("a size that is no whole number"),
    }
}
