//! 10⁵ spoilt files each for the single-file and the pair reader, the same ones every time.
//!
//! Longer runs with coverage feedback are in `tests/fuzz` of the repository; both call `fuzz_entry`.

#[path = "support/fuzz_entry.rs"]
mod fuzz_entry;
mod support;

use fuzz_entry::Outcome;
use imaging::ImagingError;
use std::collections::BTreeMap;
use support::{File, Random, gzip};

const INPUTS: usize = 100_000;

/// Places of header fields whose content decides something, with their size: NIfTI-1, then NIfTI-2.
#[rustfmt::skip]
const FIELDS_1: [(usize, usize); 24] = [
    (0, 4), (40, 2), (42, 2), (44, 2), (46, 2), (48, 2), (50, 2), (70, 2), (72, 2), (76, 4), (80, 4),
    (84, 4), (88, 4), (108, 4), (112, 4), (116, 4), (123, 1), (252, 2), (254, 2), (256, 4), (268, 4),
    (280, 4), (300, 4), (344, 4),
];
#[rustfmt::skip]
const FIELDS_2: [(usize, usize); 18] = [
    (0, 4), (4, 8), (12, 2), (16, 8), (24, 8), (32, 8), (40, 8), (48, 8), (104, 8), (112, 8), (168, 8),
    (176, 8), (344, 4), (348, 4), (352, 8), (400, 8), (440, 8), (500, 4),
];
const DATATYPES: [i64; 18] = [
    0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2304,
];

/// Valid files of every kind.
fn seeds(is_pair: bool) -> Vec<File> {
    let mut seeds = Vec::new();
    for version in [1, 2] {
        for big in [false, true] {
            for wide in [false, true] {
                let mut file = File::small();
                if version == 2 {
                    file = file.version_2();
                }
                if big {
                    file = file.big_endian();
                }
                if wide {
                    file.dim = vec![4, 3, 4, 5, 1];
                    file.datatype = 64;
                    file.image = (0..60).flat_map(|i| f64::from(i).to_le_bytes()).collect();
                    file.sform_code = 0;
                    file.qform_code = 1;
                    file.quatern = [0.1, 0.2, 0.3];
                    file.between = vec![1; 36];
                    file.vox_offset += 32.0;
                }
                if is_pair {
                    file.pair = true;
                    file.vox_offset = 0.0;
                    file.between.clear();
                }
                seeds.push(file);
            }
        }
    }
    seeds
}

/// A number that readers stumble over.
fn odd_number(random: &mut Random, size: usize) -> Vec<u8> {
    let float = [
        f64::NAN,
        f64::INFINITY,
        -1.0,
        0.0,
        1e-300,
        1e300,
        352.0,
        0.5,
    ][random.below(8)];
    let integer = match random.below(5) {
        0 => DATATYPES[random.below(DATATYPES.len())],
        1 => [0, 1, -1, 7, 8, 512, 513, 32767, -32768][random.below(9)],
        2 => 1 << random.below(63),
        3 => random.below(16) as i64,
        _ => random.next() as i64,
    };
    let mut bytes = match (random.below(2), size) {
        (0, 4) => (float as f32).to_le_bytes().to_vec(),
        (0, 8) => float.to_le_bytes().to_vec(),
        _ => integer.to_le_bytes()[..size].to_vec(),
    };
    if random.below(2) == 0 {
        bytes.reverse();
    }
    bytes
}

fn spoil(bytes: &mut Vec<u8>, version: u8, random: &mut Random) {
    let fields: &[(usize, usize)] = if version == 1 { &FIELDS_1 } else { &FIELDS_2 };
    for _ in 0..=random.below(3) {
        match random.below(8) {
            0..=3 => {
                let (at, size) = fields[random.below(fields.len())];
                let number = odd_number(random, size);
                if let Some(field) = bytes.get_mut(at..at + size) {
                    field.copy_from_slice(&number);
                }
            }
            4 if !bytes.is_empty() => {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
            5 => bytes.truncate(random.below(bytes.len() + 1)),
            6 => bytes.extend((0..random.below(64)).map(|i| i as u8)),
            _ if !bytes.is_empty() => {
                let at = random.below(bytes.len());
                bytes[at] = random.next() as u8;
            }
            _ => {}
        }
    }
}

/// Plain, gzipped after it was spoilt, or spoilt after it was gzipped.
fn wrapped(mut content: Vec<u8>, version: u8, random: &mut Random) -> Vec<u8> {
    match random.below(4) {
        0 => {
            spoil(&mut content, version, random);
            gzip(&content)
        }
        1 => {
            let mut file = gzip(&content);
            for _ in 0..=random.below(3) {
                let at = random.below(file.len());
                file[at] = random.next() as u8;
            }
            file.truncate(file.len() - random.below(2) * random.below(file.len()));
            file
        }
        _ => {
            spoil(&mut content, version, random);
            content
        }
    }
}

/// What came of all inputs, by kind of error.
fn tally(outcomes: impl Iterator<Item = Outcome>) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for outcome in outcomes {
        let name = match outcome {
            Ok(_) => "read".to_owned(),
            Err(error) => {
                let debug = format!("{error:?}");
                debug
                    .split([' ', '('])
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            }
        };
        *tally.entry(name).or_insert(0) += 1;
    }
    tally
}

/// Most address space the process ever had, in MiB; `None` where the system does not say.
fn peak_mib() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmPeak:"))?;
    let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}

/// No header talked a reader into memory: address space counts what is reserved but never touched.
fn assert_little_memory(before: Option<usize>) {
    if let (Some(before), Some(after)) = (before, peak_mib()) {
        assert!(after - before < 300, "{before} MiB grew to {after} MiB");
    }
}

#[test]
fn a_hundred_thousand_spoilt_files_are_read_or_refused() {
    let before = peak_mib();
    let seeds = seeds(false);
    let mut random = Random(2026);
    let tally = tally((0..INPUTS).map(|i| {
        let seed = &seeds[i % seeds.len()];
        fuzz_entry::single(&wrapped(seed.bytes(), seed.version, &mut random))
    }));
    println!("{tally:?}");
    // The inputs reach every door rather than failing at the first.
    for name in [
        "read",
        "NotNifti",
        "Analyze",
        "LoneHeader",
        "Header",
        "Datatype",
        "SeveralVolumes",
        "TooLarge",
        "Affine",
        "Truncated",
        "Gzip",
    ] {
        let least = if name == "LoneHeader" { 0 } else { 100 };
        assert!(
            tally.get(name).copied().unwrap_or(0) >= least,
            "{name}: {tally:?}"
        );
    }
    assert_little_memory(before);
}

#[test]
fn a_hundred_thousand_spoilt_pairs_are_read_or_refused() {
    let before = peak_mib();
    let seeds = seeds(true);
    let mut random = Random(7);
    let tally = tally((0..INPUTS).map(|i| {
        let seed = &seeds[i % seeds.len()];
        let header = wrapped(seed.header(), seed.version, &mut random);
        let mut input = (header.len() as u16).to_le_bytes().to_vec();
        input.extend(&header);
        if random.below(3) == 0 {
            input.extend(wrapped(seed.image.clone(), seed.version, &mut random));
        } else {
            input.extend(&seed.image);
        }
        fuzz_entry::pair(&input)
    }));
    println!("{tally:?}");
    for name in [
        "read",
        "Header",
        "Datatype",
        "TooLarge",
        "Truncated",
        "Gzip",
    ] {
        assert!(
            tally.get(name).copied().unwrap_or(0) >= 100,
            "{name}: {tally:?}"
        );
    }
    assert_little_memory(before);
}

#[test]
fn seeds_are_valid_before_they_are_spoilt() {
    for seed in seeds(false) {
        fuzz_entry::single(&seed.bytes()).expect("valid");
    }
    for seed in seeds(true) {
        let header = seed.header();
        let mut input = (header.len() as u16).to_le_bytes().to_vec();
        input.extend(header);
        input.extend(&seed.image);
        fuzz_entry::pair(&input).expect("valid");
    }
    assert!(matches!(
        fuzz_entry::single(b""),
        Err(ImagingError::NotNifti { .. })
    ));
}
