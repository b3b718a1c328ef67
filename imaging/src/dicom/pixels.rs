//! The raw numbers of a file's frames, one frame at a time.

use super::DicomError;
use super::codec;
use super::element::Source;
use super::header::Image;
use super::scale::Raw;
use super::syntax::{Codec, Grammar};
use std::io::Read;

/// Takes a frame's numbers, with the frame's place among those that were asked for.
pub(super) type Each<'a> = dyn FnMut(usize, Raw<'_>) -> Result<(), DicomError> + 'a;

/// Reads the named frames, which are in ascending order, and hands each to `each` with its place in `numbers`.
pub(super) fn frames<R: Read>(
    image: &Image,
    mut file: R,
    numbers: &[u32],
    each: &mut Each<'_>,
) -> Result<(), DicomError> {
    if image.syntax.deflated {
        let mut source = Source::new(&mut file);
        source.skip(image.begins)?;
        let inflated = flate2::read::DeflateDecoder::new(source.into_rest());
        return from_stream(image, Source::new(inflated), numbers, each);
    }
    from_stream(image, Source::new(file), numbers, each)
}

fn from_stream<R: Read>(
    image: &Image,
    mut source: Source<R>,
    numbers: &[u32],
    each: &mut Each<'_>,
) -> Result<(), DicomError> {
    source.skip(image.pixels.at)?;
    if image.syntax.codec != Codec::Native {
        let encoded = Encoded::read(&mut source, image)?;
        for (place, number) in numbers.iter().enumerate() {
            let decoded = codec::decode(image, &encoded.frame(*number)?)?;
            each(place, Raw::Decoded(&decoded))?;
        }
        return Ok(());
    }
    let bytes = image.frame_bytes();
    let due = bytes as u64 * u64::from(image.frames);
    match image.pixels.length.map(u64::from) {
        Some(length) if length >= due => {}
        Some(_) => return Err(DicomError::Damaged("has fewer pixels than its header says")),
        None => return Err(DicomError::Damaged("has fragments of uncompressed pixels")),
    }
    let big = image.syntax.grammar == Grammar::BigEndian;
    let mut next = 0;
    for (place, number) in numbers.iter().enumerate() {
        source.skip(bytes as u64 * u64::from(number - next))?;
        next = number + 1;
        let raw = source.up_to(bytes)?;
        if raw.len() < bytes {
            return Err(DicomError::Ends);
        }
        let raw = match (image.allocated, big) {
            (8, _) => Raw::Bytes(&raw),
            (16, false) => Raw::Little16(&raw),
            (16, true) => Raw::Big16(&raw),
            (_, false) => Raw::Little32(&raw),
            (_, true) => Raw::Big32(&raw),
        };
        each(place, raw)?;
    }
    Ok(())
}

/// Compressed frames of a file.
struct Encoded {
    fragments: Vec<Vec<u8>>,
    /// The first fragment of each frame.
    starts: Vec<usize>,
}

impl Encoded {
    fn read<R: Read>(source: &mut Source<R>, image: &Image) -> Result<Self, DicomError> {
        let mut fragments = Vec::new();
        let mut offsets = Vec::new();
        if let Some(length) = image.pixels.length {
            // Compressed, and yet in one piece: not by the standard, but clear.
            fragments.push(source.exactly(length)?);
        }
        while image.pixels.length.is_none() {
            let head = source.up_to(8)?;
            let Some(head) = head.first_chunk::<8>() else {
                // Some writers leave out the end.
                break;
            };
            let [a, b, c, d, length @ ..] = *head;
            match [a, b, c, d] {
                [0xfe, 0xff, 0x00, 0xe0] => {
                    fragments.push(source.exactly(u32::from_le_bytes(length))?);
                }
                _ => break,
            }
        }
        if image.pixels.length.is_none() {
            if fragments.is_empty() {
                return Err(DicomError::Ends);
            }
            let table = fragments.remove(0);
            let (words, _) = table.as_chunks::<4>();
            offsets.extend(words.iter().map(|w| u64::from(u32::from_le_bytes(*w))));
        }
        let starts = starts(&fragments, &offsets, image.frames as usize);
        let starts = starts.ok_or(DicomError::Damaged(
            "does not say which of its fragments belong to which frame",
        ))?;
        Ok(Self { fragments, starts })
    }

    fn frame(&self, number: u32) -> Result<Vec<u8>, DicomError> {
        let number = number as usize;
        let start = *self.starts.get(number).ok_or(DicomError::Ends)?;
        let end = self.starts.get(number + 1).copied();
        let end = end.unwrap_or(self.fragments.len());
        let parts = self.fragments.get(start..end).ok_or(DicomError::Ends)?;
        Ok(parts.concat())
    }
}

/// The first fragment of each frame: by their number, by the offset table, or by what begins a picture.
fn starts(fragments: &[Vec<u8>], offsets: &[u64], frames: usize) -> Option<Vec<usize>> {
    if frames == 1 {
        return Some(vec![0]);
    }
    if fragments.len() == frames {
        return Some((0..frames).collect());
    }
    let begins: Vec<usize> = if offsets.len() == frames {
        let mut at = 0;
        let mut places = Vec::new();
        for fragment in fragments {
            places.push(at);
            at += 8 + fragment.len() as u64;
        }
        let place = |offset: &u64| places.binary_search(offset).ok();
        offsets.iter().map(place).collect::<Option<_>>()?
    } else {
        let begins = |f: &[u8]| f.starts_with(&[0xff, 0xd8]) || f.starts_with(&[0xff, 0x4f, 0xff]);
        let at = |(n, f): (usize, &Vec<u8>)| begins(f).then_some(n);
        fragments.iter().enumerate().filter_map(at).collect()
    };
    (begins.len() == frames && begins.is_sorted()).then_some(begins)
}
