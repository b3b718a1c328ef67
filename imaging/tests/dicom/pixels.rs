//! How pixels are written: transfer syntaxes, bits, signs, scales.

use crate::encode::{CODECS, jpeg};
use crate::support::*;
use dicom_core::VR;
use dicom_dictionary_std::tags;
use imaging::dicom::{Header, NoVolume, Note, is_dicom};
use imaging::nifti;

fn same(_: usize, value: f32) -> f32 {
    value
}

#[test]
fn uncompressed_syntaxes_are_read() {
    for syntax in [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED] {
        let mut stack = Stack::axial();
        stack.syntax = syntax;
        let reading = read_all(&stack.files(&stack.slices()));
        assert_shows(&reading, &stack, same);
    }
}

#[test]
fn files_without_preamble_or_meta_group_are_read() {
    let stack = Stack::axial();
    for (syntax, with_meta) in [
        (EXPLICIT, true),
        (EXPLICIT, false),
        (IMPLICIT, false),
        (BIG_ENDIAN, false),
    ] {
        let bare = |object: &Object| {
            let whole = file(object, syntax);
            // The meta group says how long it is.
            let length = u32::from_le_bytes(whole[140..144].try_into().expect("4 bytes"));
            let from = if with_meta {
                132
            } else {
                144 + length as usize
            };
            whole[from..].to_vec()
        };
        let files: Vec<Vec<u8>> = stack.slices().iter().map(bare).collect();
        assert!(is_dicom(&files[0]));
        assert_shows(&read_all(&files), &stack, same);
    }
}

#[test]
fn what_is_no_dicom_image_is_passed_over_and_what_is_cut_off_is_said() {
    let stack = Stack::axial();
    let whole = file(&stack.slice(0), EXPLICIT);
    let mut directory = whole.clone();
    // The class of a DICOMDIR, in the meta group.
    let class = b"1.2.840.10008.5.1.4.1.1.4\0";
    let at = whole
        .windows(26)
        .position(|w| w == class)
        .expect("the class");
    directory[at..at + 26].copy_from_slice(b"1.2.840.10008.1.3.10\0\0\0\0\0\0");
    let mut report = stack.slice(0);
    report.remove_element(tags::PIXEL_DATA);
    let volume = imaging::Volume::filled(
        imaging::Grid {
            dims: [3, 4, 5],
            affine: imaging::Affine::IDENTITY,
        },
        1.0,
    );
    let nifti = nifti::write_volume(&volume, None).expect("NIfTI");
    for other in [
        b"".as_slice(),
        b"IM",
        b"PK\x03\x04 and a zip behind it, of more than a few bytes",
        &nifti,
        &directory,
        &file(&report, EXPLICIT),
    ] {
        assert!(Header::read(other).expect("no error").is_none());
    }
    assert!(!is_dicom(&nifti));
    assert!(is_dicom(&whole));
    for length in (150..whole.len() - 84 - 12).step_by(7) {
        let read = Header::read(&whole[..length]);
        let said = match &read {
            Ok(header) => header.is_none(),
            Err(error) => error.to_string().contains("too early"),
        };
        assert!(said, "{length}: {read:?}");
    }
}

#[test]
fn pixels_that_are_cut_off_are_said_when_they_are_read() {
    let stack = Stack::axial();
    let mut files = stack.files(&stack.slices());
    let length = files[2].len() - 10;
    files[2].truncate(length);
    let part = &parts(&files)[0];
    let error = read_from(&files, part).expect_err("cut off");
    assert!(error.to_string().contains("not whole"), "{error}");
}

#[test]
fn each_slice_is_scaled_by_its_own_slope_and_monochrome1_is_turned_round() {
    let stack = Stack::axial();
    let slopes = [1.0, 0.25, 2.0, 1.5, 0.125];
    let mut slices = stack.slices();
    for (slice, slope) in slices.iter_mut().zip(slopes) {
        text(slice, tags::RESCALE_SLOPE, VR::DS, &slope.to_string());
        text(slice, tags::RESCALE_INTERCEPT, VR::DS, "-3");
    }
    let reading = read_all(&stack.files(&slices));
    assert_shows(&reading, &stack, |z, value| value * slopes[z] as f32 - 3.0);
    let mut slices = stack.slices();
    for slice in &mut slices {
        text(
            slice,
            tags::PHOTOMETRIC_INTERPRETATION,
            VR::CS,
            "MONOCHROME1",
        );
    }
    let reading = read_all(&stack.files(&slices));
    assert_shows(&reading, &stack, |_, value| 4095.0 - value);
    assert_eq!(reading.notes, [Note::Inverted]);
}

#[test]
fn overlays_in_unused_bits_are_masked_and_signs_are_extended() {
    let stack = Stack::axial();
    let mut slices = stack.slices();
    for (z, slice) in slices.iter_mut().enumerate() {
        short(slice, tags::PIXEL_REPRESENTATION, 1);
        let odd = |(at, value): (usize, u16)| {
            let overlay = if at % 3 == 0 { 0x5000 } else { 0 };
            (value.wrapping_sub(200) & 0x0fff) | overlay
        };
        let pixels = stack.pixels(z).into_iter().enumerate().map(odd);
        put_pixels(slice, &pixels.collect::<Vec<_>>());
    }
    let reading = read_all(&stack.files(&slices));
    assert_shows(&reading, &stack, |_, value| value - 200.0);
}

#[test]
fn colour_mosaics_and_unknown_compressions_are_refused_by_name() {
    let stack = Stack::axial();
    let spoilt = |spoil: &dyn Fn(&mut Object), syntax: &str| {
        let mut slices = stack.slices();
        slices.iter_mut().for_each(spoil);
        let files: Vec<Vec<u8>> = slices.iter().map(|slice| file(slice, syntax)).collect();
        let part = parts(&files).remove(0);
        let error = read_from(&files, &part).expect_err("refused");
        (part.no_volume().cloned(), error)
    };
    let (why, _) = spoilt(
        &|o| {
            short(o, tags::SAMPLES_PER_PIXEL, 3);
            text(o, tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "RGB");
        },
        EXPLICIT,
    );
    assert_eq!(why, Some(NoVolume::Colour));
    let mosaic = "ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC";
    let (why, error) = spoilt(&|o| text(o, tags::IMAGE_TYPE, VR::CS, mosaic), EXPLICIT);
    assert_eq!(why, Some(NoVolume::Mosaic));
    assert!(error.to_string().contains("mosaic"), "{error}");
    let (_, error) = spoilt(
        &|o| put_fragments(o, vec![vec![1, 2, 3]]),
        "1.2.840.10008.1.2.4.80",
    );
    assert!(error.to_string().contains("JPEG-LS"), "{error}");
    assert!(error.mend().contains("dcm2niix"));
}

#[test]
fn run_lengths_and_lossless_jpeg_are_read() {
    let stack = Stack::axial();
    for (syntax, encode) in CODECS {
        let encode = |z: usize| encode(&stack.pixels(z), stack.dims[0]);
        let mut slices = stack.slices();
        for (z, slice) in slices.iter_mut().enumerate() {
            put_fragments(slice, vec![encode(z)]);
        }
        let files: Vec<Vec<u8>> = slices.iter().map(|slice| file(slice, syntax)).collect();
        assert_shows(&read_all(&files), &stack, same);
        // And as frames of one file.
        let order = [2, 0, 1, 4, 3];
        let mut object = stack.enhanced(&order, |_, _| {});
        put_fragments(&mut object, order.iter().map(|z| encode(*z)).collect());
        assert_shows(&read_all(&[file(&object, syntax)]), &stack, same);
    }
}

#[test]
fn jpeg_2000_is_read_whether_its_numbers_are_signed_or_not() {
    // By OpenJPEG: ((61 x + 3 y²) mod 4096), and 2048 less.
    let [unsigned, signed]: [&[u8]; 2] = [
        include_bytes!("../data/dicom/unsigned.j2k"),
        include_bytes!("../data/dicom/signed.j2k"),
    ];
    let mut stack = Stack::axial();
    stack.dims = [33, 36, 3];
    for (stream, lift) in [(unsigned, 0.0), (signed, -2048.0)] {
        let mut slices = stack.slices();
        for slice in &mut slices {
            short(slice, tags::PIXEL_REPRESENTATION, u16::from(lift != 0.0));
            put_fragments(slice, vec![stream.to_vec()]);
        }
        let files: Vec<Vec<u8>> = (slices.iter())
            .map(|slice| file(slice, "1.2.840.10008.1.2.4.90"))
            .collect();
        let reading = read_all(&files);
        for (x, y) in [(0, 0), (32, 35), (7, 30), (20, 3)] {
            let expected = ((61 * x + 3 * y * y) % 4096) as f32 + lift;
            assert_eq!(at(&reading, stack.place(x, y, 1)).0, expected, "{x} {y}");
        }
    }
}

#[test]
fn frames_of_another_size_than_the_header_says_are_refused() {
    let mut stack = Stack::axial();
    let frame = jpeg(&stack.pixels(0), stack.dims[0]);
    stack.dims = [8, 6, 5];
    let mut slices = stack.slices();
    for slice in &mut slices {
        put_fragments(slice, vec![frame.clone()]);
    }
    let files: Vec<Vec<u8>> = (slices.iter())
        .map(|slice| file(slice, "1.2.840.10008.1.2.4.70"))
        .collect();
    let error = read_from(&files, &parts(&files)[0]).expect_err("other size");
    assert!(
        error.to_string().contains("7×6 pixels, expected 8×6"),
        "{error}"
    );
}
