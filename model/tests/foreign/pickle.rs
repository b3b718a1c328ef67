//! A pickle written operation by operation, as CPython does at protocol 2.

/// The operations so far.
#[derive(Clone, Default)]
pub struct Pickle {
    bytes: Vec<u8>,
    remembered: u32,
}

impl Pickle {
    pub fn new() -> Self {
        Self {
            bytes: vec![0x80, 2],
            remembered: 0,
        }
    }

    pub fn raw(&mut self, operations: &[u8]) -> &mut Self {
        self.bytes.extend(operations);
        self
    }

    /// BINPUT, or LONG_BINPUT where a byte does not hold the place.
    pub fn put(&mut self) -> &mut Self {
        match u8::try_from(self.remembered) {
            Ok(place) => self.raw(&[b'q', place]),
            Err(_) => {
                let place = self.remembered.to_le_bytes();
                self.raw(b"r").raw(&place)
            }
        };
        self.remembered += 1;
        self
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        let length = (text.len() as u32).to_le_bytes();
        self.raw(b"X").raw(&length).raw(text.as_bytes()).put()
    }

    pub fn int(&mut self, number: usize) -> &mut Self {
        match number {
            0..=0xff => self.raw(&[b'K', number as u8]),
            0x100..=0xffff => self.raw(b"M").raw(&(number as u16).to_le_bytes()),
            0x1_0000..=0x7fff_ffff => self.raw(b"J").raw(&(number as u32).to_le_bytes()),
            // LONG1; what is asked for here is below 2⁶³, so that eight bytes hold it.
            _ => self.raw(&[0x8a, 8]).raw(&number.to_le_bytes()),
        }
    }

    pub fn global(&mut self, module: &str, name: &str) -> &mut Self {
        self.raw(format!("c{module}\n{name}\n").as_bytes()).put()
    }

    /// A tuple of sizes.
    pub fn sizes(&mut self, sizes: &[usize]) -> &mut Self {
        if sizes.is_empty() {
            return self.raw(b")");
        }
        if sizes.len() > 3 {
            self.raw(b"(");
        }
        for &size in sizes {
            self.int(size);
        }
        let tuple = [b'.', 0x85, 0x86, 0x87];
        let end = tuple.get(sizes.len()).copied().unwrap_or(b't');
        self.raw(&[end]).put()
    }

    pub fn empty_ordered_dict(&mut self) -> &mut Self {
        self.global("collections", "OrderedDict").raw(b")R").put()
    }

    pub fn finish(&mut self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.push(b'.');
        bytes
    }
}
