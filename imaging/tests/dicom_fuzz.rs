//! Spoilt DICOM files, the same ones every time: read or refused, never a panic, and little memory.
//!
//! Longer runs with coverage feedback are in `tests/fuzz` of the repository; both call `dicom_entry`.

#[path = "support/dicom_entry.rs"]
mod dicom_entry;
#[path = "dicom/encode.rs"]
mod encode;
mod support;
#[path = "dicom/support.rs"]
#[allow(dead_code, reason = "fuzzing needs a part of it")]
mod writer;

use support::Random;
use writer::*;

const INPUTS: usize = 40_000;

/// Files of every kind, each with three slices.
fn seeds() -> Vec<Vec<Vec<u8>>> {
    let mut stack = Stack::axial();
    stack.dims = [7, 6, 3];
    let mut seeds = Vec::new();
    for syntax in [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED] {
        stack.syntax = syntax;
        seeds.push(stack.files(&stack.slices()));
        seeds.push(vec![file(&stack.enhanced(&[2, 0, 1], |_, _| {}), syntax)]);
    }
    for (syntax, encode) in encode::CODECS {
        let mut slices = stack.slices();
        for (z, slice) in slices.iter_mut().enumerate() {
            put_fragments(slice, vec![encode(&stack.pixels(z), 7)]);
        }
        seeds.push(slices.iter().map(|slice| file(slice, syntax)).collect());
    }
    stack.dims = [33, 36, 2];
    let mut slices = stack.slices();
    for slice in &mut slices {
        let stream = include_bytes!("data/dicom/unsigned.j2k").to_vec();
        put_fragments(slice, vec![stream]);
    }
    let syntax = "1.2.840.10008.1.2.4.90";
    seeds.push(slices.iter().map(|slice| file(slice, syntax)).collect());
    seeds
}

fn spoil(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        if bytes.is_empty() {
            return;
        }
        // The meta group says too much to be spoilt as often as the rest.
        let from = if random.below(8) == 0 {
            0
        } else {
            132.min(bytes.len() - 1)
        };
        let at = from + random.below(bytes.len() - from);
        match random.below(7) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][random.below(6)],
            3 => {
                // A number of 16 or 32 bits that is far too large.
                let width = [2, 4][random.below(2)].min(bytes.len() - at);
                bytes[at..at + width].fill(0xff);
            }
            4 if random.below(4) == 0 => bytes.truncate(at),
            5 => {
                let length = random.below(16).min(bytes.len() - at);
                bytes.drain(at..at + length);
            }
            6 => {
                let piece: Vec<u8> = bytes[at..].iter().copied().take(random.below(24)).collect();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            _ => {}
        }
    }
}

/// Most address space the process ever had, in MiB; `None` where the system does not say.
fn peak_mib() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmPeak:"))?;
    let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}

#[test]
fn spoilt_files_are_read_or_refused_with_little_memory() {
    let before = peak_mib();
    let seeds = seeds();
    let mut random = Random(2026);
    let (mut read, mut refused) = (0, 0);
    for input in 0..INPUTS {
        let mut files = seeds[input % seeds.len()].clone();
        let spoilt = random.below(files.len());
        spoil(&mut files[spoilt], &mut random);
        let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
        for outcome in dicom_entry::files(&files) {
            match outcome {
                Ok(_) => read += 1,
                Err(_) => refused += 1,
            }
        }
    }
    println!("{read} read, {refused} refused");
    assert!(read > INPUTS / 10 && refused > INPUTS / 10);
    if let (Some(before), Some(after)) = (before, peak_mib()) {
        println!("{before} MiB grew to {after} MiB");
        assert!(after - before < 400, "{before} MiB grew to {after} MiB");
    }
}

#[test]
fn seeds_are_volumes_before_they_are_spoilt() {
    for seed in seeds() {
        let files: Vec<&[u8]> = seed.iter().map(Vec::as_slice).collect();
        let outcomes = dicom_entry::files(&files);
        assert!(matches!(outcomes[..], [Ok(_)]), "{outcomes:?}");
    }
}
