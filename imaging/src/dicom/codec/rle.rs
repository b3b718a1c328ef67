//! DICOM's run lengths (PS3.5, annex G): the bytes of all pixels, most significant first, a segment each.

/// Raw numbers of `pixels` pixels of `bytes` bytes.
pub(super) fn decode(frame: &[u8], pixels: usize, bytes: usize) -> Result<Vec<u32>, String> {
    let word = |n: usize| -> Option<usize> {
        let four = frame.get(4 * n..4 * n + 4)?;
        Some(u32::from_le_bytes(four.try_into().ok()?) as usize)
    };
    let segments = word(0).ok_or("its header is cut off")?;
    if segments != bytes {
        return Err(format!("found {segments} segments, expected {bytes}"));
    }
    let mut numbers = vec![0_u32; pixels];
    for segment in 1..=segments {
        let start = word(segment).ok_or("its header is cut off")?;
        let end = if segment == segments {
            frame.len()
        } else {
            word(segment + 1).unwrap_or(0)
        };
        let packed = frame.get(start..end).ok_or("a segment lies outside")?;
        unpack(packed, &mut numbers)?;
    }
    Ok(numbers)
}

/// Puts a byte behind each number.
fn unpack(packed: &[u8], numbers: &mut [u32]) -> Result<(), String> {
    let mut at = 0;
    let mut rest = packed;
    while at < numbers.len() {
        let [head, tail @ ..] = rest else {
            return Err(format!("a segment ends after {at} pixels"));
        };
        let head = *head as i8;
        // 0 to 127: so many bytes and one follow. -1 to -127: the next byte, so many times and once.
        let (count, run) = match head {
            -128 => (0, false),
            0.. => (head as usize + 1, false),
            _ => (1 + usize::from(head.unsigned_abs()), true),
        };
        let taken = if run { 1 } else { count };
        let bytes = tail.get(..taken).ok_or("a segment is cut off")?;
        let to = &mut numbers[at..];
        for (i, number) in to.iter_mut().take(count).enumerate() {
            *number = *number << 8 | u32::from(bytes[if run { 0 } else { i }]);
        }
        at += count;
        rest = &tail[taken..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of those segments.
    fn frame(segments: &[&[u8]]) -> Vec<u8> {
        let mut header = vec![segments.len() as u32];
        let mut at = 64;
        for segment in segments {
            header.push(at);
            at += segment.len() as u32;
        }
        header.resize(16, 0);
        let mut bytes: Vec<u8> = header.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes.extend(segments.concat());
        bytes
    }

    #[test]
    fn runs_and_literals_of_two_bytes_become_numbers() {
        let frame = frame(&[&[254, 1, 0, 2], &[3, 10, 20, 30, 40]]);
        assert_eq!(decode(&frame, 4, 2), Ok(vec![266, 276, 286, 552]));
    }

    #[test]
    fn what_is_cut_off_is_said() {
        let whole = frame(&[&[254, 1, 0, 2], &[3, 10, 20, 30, 40]]);
        for length in 0..whole.len() {
            assert!(decode(&whole[..length], 4, 2).is_err(), "{length}");
        }
        assert!(decode(&whole, 5, 2).is_err());
        assert!(decode(&whole, 4, 1).is_err());
    }
}
