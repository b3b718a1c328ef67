//! Where slices lie: order, distance, gaps, copies, tilt.

use crate::support::*;
use dicom_core::VR;
use dicom_dictionary_std::tags;
use imaging::ImagingError;
use imaging::dicom::{DicomError, NoVolume, Note, Plane, Standing};

fn same(_: usize, value: f32) -> f32 {
    value
}

#[test]
fn an_axial_stack_has_each_value_at_its_place() {
    let stack = Stack::axial();
    let reading = read_all(&stack.files(&stack.slices()));
    assert_shows(&reading, &stack, same);
    assert_eq!(reading.notes, []);
    let info = &reading.series.info;
    assert_eq!(info.affine_source, imaging::AffineSource::Dicom);
    assert_eq!(info.orientation, "LPS");
    assert_eq!(info.stored_range, Some([0.0, 456.0]));
}

#[test]
fn oblique_sagittal_and_coronal_stacks_have_each_value_at_its_place() {
    let (s, c) = 0.2_f64.sin_cos();
    let mut sagittal = Stack::axial();
    sagittal.row = [s, c, 0.0];
    sagittal.column = [0.0, 0.0, -1.0];
    sagittal.step = [-2.5 * c, 2.5 * s, 0.0];
    let mut coronal = Stack::axial();
    coronal.row = [1.0, 0.0, 0.0];
    coronal.column = [0.0, s, -c];
    coronal.step = [0.0, -4.0 * c, -4.0 * s];
    for (stack, plane) in [(sagittal, Plane::Sagittal), (coronal, Plane::Coronal)] {
        let files = stack.files(&stack.slices());
        let about = &parts(&files)[0].about;
        assert_eq!(about.plane, Some(plane));
        assert!((about.oblique_degrees - 0.2_f64.to_degrees()).abs() < 1e-3);
        assert_shows(&read_all(&files), &stack, same);
    }
}

#[test]
fn positions_decide_whatever_names_and_numbers_say() {
    let mut stack = Stack::axial();
    stack.dims[2] = 9;
    let mut slices = stack.slices();
    for (z, slice) in slices.iter_mut().enumerate() {
        let number = (z * 7 % 9).to_string();
        text(slice, tags::INSTANCE_NUMBER, VR::IS, &number);
        text(slice, tags::SLICE_LOCATION, VR::DS, &number);
        text(slice, tags::SLICE_THICKNESS, VR::DS, "5");
    }
    let order = [4, 0, 8, 2, 6, 1, 7, 3, 5];
    let mixed: Vec<Object> = order.iter().map(|z| slices[*z].clone()).collect();
    assert_shows(&read_all(&stack.files(&mixed)), &stack, same);
}

#[test]
fn spacing_between_slices_is_not_believed_and_said_where_it_differs() {
    let stack = Stack::axial();
    for (said, noted) in [("-3", false), ("3.0", false), ("0.6", true)] {
        let mut slices = stack.slices();
        for slice in &mut slices {
            text(slice, tags::SPACING_BETWEEN_SLICES, VR::DS, said);
        }
        let reading = read_all(&stack.files(&slices));
        assert_shows(&reading, &stack, same);
        let differs = |note: &Note| matches!(note, Note::SpacingDiffers { .. });
        assert_eq!(reading.notes.iter().any(differs), noted, "{said}");
    }
}

#[test]
fn missing_slices_are_said_and_lie_between_their_neighbours() {
    let mut stack = Stack::axial();
    stack.dims[2] = 12;
    let mut slices = stack.slices();
    slices.drain(4..6);
    let reading = read_all(&stack.files(&slices));
    // Values grow by 100 a slice, so that what is interpolated is what is missing.
    assert_eq!(reading.series.volume.grid.dims, [7, 6, 12]);
    let voxel = |x, y, z| at(&reading, stack.place(x, y, z)).0;
    for z in 0..12 {
        let expected = f32::from(stack.value(3, 2, z));
        assert!((voxel(3, 2, z) - expected).abs() < 1e-3, "{z}");
    }
    let [Note::GapFilled { slices, spacing_mm }] = &reading.notes[..] else {
        panic!("{:?}", reading.notes);
    };
    assert_eq!(slices, &[4, 5]);
    assert!((spacing_mm - 3.0).abs() < 1e-6);
    let words = reading.notes[0].to_string();
    assert!(words.contains("number 5, 6"), "{words}");
}

#[test]
fn many_missing_slices_and_uneven_ones_are_refused_by_name() {
    let mut stack = Stack::axial();
    stack.dims[2] = 12;
    let mut slices = stack.slices();
    slices.drain(4..10);
    let part = &parts(&stack.files(&slices))[0];
    let gaps = NoVolume::Gaps {
        missing: 6,
        slices: 12,
    };
    assert_eq!(part.no_volume(), Some(&gaps));
    let mut slices = stack.slices();
    let position = "-31.5\\-42.25\\23.3";
    text(
        &mut slices[4],
        tags::IMAGE_POSITION_PATIENT,
        VR::DS,
        position,
    );
    let part = &parts(&stack.files(&slices))[0];
    assert!(matches!(part.no_volume(), Some(NoVolume::Uneven { .. })));
    let files = stack.files(&slices);
    let error = read_from(&files, part).expect_err("uneven");
    assert!(error.to_string().contains("2.70 to 3.30 mm"), "{error}");
}

#[test]
fn copies_are_dropped_by_their_identifier_and_by_their_pixels() {
    let stack = Stack::axial();
    let mut slices = stack.slices();
    slices.push(slices[1].clone());
    let mut resent = slices[2].clone();
    text(&mut resent, tags::SOP_INSTANCE_UID, VR::UI, "9.9.9");
    slices.push(resent);
    let reading = read_all(&stack.files(&slices));
    assert_shows(&reading, &stack, same);
    assert_eq!(reading.notes, [Note::CopiesDropped { copies: 2 }]);
}

#[test]
fn slices_that_share_an_identifier_and_lie_apart_are_no_copies() {
    let stack = Stack::axial();
    let mut slices = stack.slices();
    for slice in &mut slices {
        text(slice, tags::SOP_INSTANCE_UID, VR::UI, "9.9.9");
    }
    assert_shows(&read_all(&stack.files(&slices)), &stack, same);
}

#[test]
fn two_slices_of_one_place_with_other_pixels_are_refused() {
    let stack = Stack::axial();
    let mut slices = stack.slices();
    let mut other = slices[2].clone();
    text(&mut other, tags::SOP_INSTANCE_UID, VR::UI, "9.9.9");
    put_pixels(&mut other, &stack.pixels(3));
    slices.push(other);
    let files = stack.files(&slices);
    let error = read_from(&files, &parts(&files)[0]).expect_err("two volumes");
    let same_place = DicomError::SamePlace { places: 1 };
    assert_eq!(error, ImagingError::Dicom(same_place));
}

#[test]
fn a_tilted_stack_is_straightened_to_what_it_shows() {
    // Values are linear in the patient, so that they can be told anywhere.
    let value = |p: [f64; 3]| 500.0 + 3.0 * p[0] - 4.0 * p[1] + 5.0 * p[2];
    let mut stack = Stack::axial();
    stack.dims = [20, 24, 10];
    stack.step = [0.0, 1.1, 3.0];
    let mut slices = stack.slices();
    for (z, slice) in slices.iter_mut().enumerate() {
        let pixel = |i: usize| value(stack.place(i % 20, i / 20, z)).round() as u16;
        put_pixels(slice, &(0..480).map(pixel).collect::<Vec<_>>());
    }
    let reading = read_all(&stack.files(&slices));
    let grid = reading.series.volume.grid;
    let [Note::Straightened { degrees }] = reading.notes[..] else {
        panic!("{:?}", reading.notes);
    };
    assert!((degrees - (1.1_f64 / 3.0).atan().to_degrees()).abs() < 1e-6);
    // Straight: no axis leans on another.
    let column = |c: usize| [0, 1, 2].map(|r| grid.affine.0[r][c]);
    let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        assert!(dot(column(a), column(b)).abs() < 1e-9);
    }
    for z in 0..10 {
        for (x, y) in [(3, 3), (10, 12), (16, 20)] {
            let place = stack.place(x, y, z);
            let voxel = grid
                .affine
                .voxel_of(imaging::RasPoint(place))
                .expect("invertible")
                .0;
            let near = voxel.map(f64::round);
            let at = grid.affine.apply(imaging::VoxelPoint(near)).0;
            let index = imaging::VoxelIndex(near.map(|i| i as usize));
            let found = reading.series.volume.get(index).expect("inside");
            assert!((f64::from(found) - value(at)).abs() < 1.0, "{x} {y} {z}");
        }
    }
}

#[test]
fn no_orientation_no_spacing_and_one_slice_are_named() {
    let stack = Stack::axial();
    let without = |tag| {
        let mut slices = stack.slices();
        for slice in &mut slices {
            slice.remove_element(tag);
        }
        parts(&stack.files(&slices))[0].no_volume().cloned()
    };
    assert_eq!(
        without(tags::IMAGE_ORIENTATION_PATIENT),
        Some(NoVolume::NoPlace)
    );
    assert_eq!(
        without(tags::IMAGE_POSITION_PATIENT),
        Some(NoVolume::NoPlace)
    );
    assert_eq!(without(tags::PIXEL_SPACING), Some(NoVolume::NoSpacing));
    let one = stack.files(&stack.slices()[..1]);
    assert_eq!(parts(&one)[0].no_volume(), Some(&NoVolume::SingleSlice));
}

#[test]
fn a_listed_part_tells_slices_plane_and_spacing() {
    let stack = Stack::axial();
    let about = parts(&stack.files(&stack.slices())).remove(0).about;
    assert_eq!(about.standing, Standing::Original);
    assert_eq!(about.plane, Some(Plane::Axial));
    assert_eq!((about.slices, about.dims), (5, [7, 6, 5]));
    let spacing = about.spacing_mm.expect("a stack");
    for (found, expected) in spacing.iter().zip([0.75, 1.5, 3.0]) {
        assert!((found - expected).abs() < 1e-9);
    }
    assert_eq!(about.attributes.echo_ms, Some(2.5));
    assert_eq!(about.attributes.repetition_ms, Some(1900.0));
    // The name of the patient is blanked.
    assert_eq!(about.attributes.description, "t1 tra …");
    let json = serde_json::to_string(&about).expect("serialised");
    for secret in ["DOE", "JANE", "4711", "2020", "2004", "1.2.1"] {
        assert!(!json.contains(secret), "{json}");
    }
}

#[test]
fn the_middle_slice_is_read_alone() {
    let stack = Stack::axial();
    let files = stack.files(&stack.slices());
    let part = &parts(&files)[0];
    let mut opened = Vec::new();
    let slice = imaging::dicom::middle_slice(part, |file| {
        opened.push(file.0);
        Ok(files[file.0].as_slice())
    });
    let slice = slice.expect("a slice");
    assert_eq!(opened, [2]);
    assert_eq!((slice.dims, slice.spacing_mm), ([7, 6], [0.75, 1.5]));
    assert_eq!(slice.values[7 * 3 + 4], f32::from(stack.value(4, 3, 2)));
}
