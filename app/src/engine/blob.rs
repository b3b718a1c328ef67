//! A file of the person's, read a piece at a time.

use std::io::{self, Read, Seek, SeekFrom};

use js_sys::Uint8Array;
use web_sys::{Blob, FileReaderSync};

/// The first piece holds most headers; later ones are of pixels.
const FIRST_BYTES: f64 = 16_384.0;
const MORE_BYTES: f64 = 1_048_576.0;

/// Reads a [`Blob`]; only a worker may.
pub(crate) struct BlobReader<'a> {
    blob: &'a Blob,
    reader: FileReaderSync,
    /// Where the next piece begins.
    next: f64,
    piece: Vec<u8>,
    /// How much of the piece was given.
    given: usize,
}

impl<'a> BlobReader<'a> {
    /// From its beginning.
    pub(crate) fn new(blob: &'a Blob) -> io::Result<Self> {
        Ok(Self {
            blob,
            reader: FileReaderSync::new().map_err(gone)?,
            next: 0.0,
            piece: Vec::new(),
            given: 0,
        })
    }

    fn fetch(&mut self) -> io::Result<()> {
        let length = if self.next == 0.0 {
            FIRST_BYTES
        } else {
            MORE_BYTES
        };
        let end = (self.next + length).min(self.blob.size());
        let part = self
            .blob
            .slice_with_f64_and_f64(self.next, end)
            .map_err(gone)?;
        let buffer = self.reader.read_as_array_buffer(&part).map_err(gone)?;
        self.piece = Uint8Array::new(&buffer).to_vec();
        (self.next, self.given) = (end, 0);
        Ok(())
    }
}

impl Read for BlobReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.piece.len() {
            if self.next >= self.blob.size() {
                return Ok(0);
            }
            self.fetch()?;
        }
        let there = &self.piece[self.given..];
        let length = there.len().min(out.len());
        out[..length].copy_from_slice(&there[..length]);
        self.given += length;
        Ok(length)
    }
}

impl Seek for BlobReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let first = self.next - self.piece.len() as f64;
        let place = match to {
            SeekFrom::Start(place) => place as f64,
            SeekFrom::End(by) => self.blob.size() + by as f64,
            SeekFrom::Current(by) => first + self.given as f64 + by as f64,
        };
        if place < 0.0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if (first..=self.next).contains(&place) {
            self.given = (place - first) as usize;
        } else {
            (self.next, self.given) = (place, 0);
            self.piece.clear();
        }
        Ok(place as u64)
    }
}

/// The browser cannot read it any more.
fn gone(error: wasm_bindgen::JsValue) -> io::Error {
    io::Error::other(format!("{error:?}"))
}
