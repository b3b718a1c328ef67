//! Multi-frame files: each frame by its own place, scale and stack.

use crate::support::*;
use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::tags;
use imaging::dicom::NoVolume;

/// An item that scales its frame.
fn scaled(slope: &str, intercept: &str) -> Object {
    let mut o = Object::new_empty();
    text(&mut o, tags::RESCALE_SLOPE, VR::DS, slope);
    text(&mut o, tags::RESCALE_INTERCEPT, VR::DS, intercept);
    o
}

#[test]
fn frames_are_ordered_by_place_and_scaled_each_by_its_own_slope() {
    let stack = Stack::axial();
    let slopes = [0.5, 2.0, 1.25, 0.01, 3.0];
    let order = [3, 0, 4, 1, 2];
    let object = stack.enhanced(&order, |number, frame| {
        let slope = slopes[order[number]].to_string();
        let item = scaled(&slope, "-7");
        items(frame, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, vec![item]);
    });
    for syntax in [EXPLICIT, IMPLICIT, DEFLATED] {
        let reading = read_all(&[file(&object, syntax)]);
        assert_shows(&reading, &stack, |z, value| {
            (slopes[z] * f64::from(value) - 7.0) as f32
        });
    }
}

#[test]
fn stacks_of_one_file_are_parts_of_their_own() {
    let stack = Stack::axial();
    let object = stack.enhanced(&[0, 1, 2, 3, 4, 0, 1, 2, 3, 4], |number, frame| {
        let mut content = Object::new_empty();
        let id = if number < 5 { "1" } else { "2" };
        text(&mut content, tags::STACK_ID, VR::SH, id);
        items(frame, tags::FRAME_CONTENT_SEQUENCE, vec![content]);
    });
    let files = [file(&object, EXPLICIT)];
    let parts = parts(&files);
    assert_eq!(parts.len(), 2);
    for part in &parts {
        assert_part_shows(&files, part, &stack);
    }
}

#[test]
fn echoes_times_and_b_values_of_one_file_are_parts_of_their_own() {
    type Mark = fn(&mut Object, f64);
    let echo: Mark = |frame, value| {
        let mut o = Object::new_empty();
        doubles(&mut o, tags::EFFECTIVE_ECHO_TIME, &[value]);
        items(frame, tags::MR_ECHO_SEQUENCE, vec![o]);
    };
    let diffusion: Mark = |frame, value| {
        let mut o = Object::new_empty();
        doubles(&mut o, tags::DIFFUSION_B_VALUE, &[value]);
        items(frame, tags::MR_DIFFUSION_SEQUENCE, vec![o]);
    };
    let time: Mark = |frame, value| {
        let mut o = Object::new_empty();
        let index = PrimitiveValue::from(value as u32);
        o.put(DataElement::new(
            tags::TEMPORAL_POSITION_INDEX,
            VR::UL,
            index,
        ));
        items(frame, tags::FRAME_CONTENT_SEQUENCE, vec![o]);
    };
    let stack = Stack::axial();
    for (mark, values) in [
        (echo, [15.0, 90.0]),
        (diffusion, [0.0, 1000.0]),
        (time, [1.0, 2.0]),
    ] {
        let order = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4];
        let object = stack.enhanced(&order, |number, frame| mark(frame, values[number % 2]));
        let files = [file(&object, EXPLICIT)];
        let parts = parts(&files);
        assert_eq!(parts.len(), 2);
        assert_eq!(
            [parts[0].about.repeat, parts[1].about.repeat],
            [[1, 2], [2, 2]]
        );
        for part in &parts {
            assert_part_shows(&files, part, &stack);
        }
    }
}

#[test]
fn frames_without_places_are_no_volume_and_offsets_place_them() {
    let stack = Stack::axial();
    let mut object = stack.slice(0);
    text(&mut object, tags::NUMBER_OF_FRAMES, VR::IS, "5");
    let pixels: Vec<u16> = (0..5).flat_map(|z| stack.pixels(z)).collect();
    put_pixels(&mut object, &pixels);
    let part = &parts(&[file(&object, EXPLICIT)])[0];
    assert_eq!(part.no_volume(), Some(&NoVolume::NoPlace));
    let offsets = "0\\3\\6\\9\\12";
    text(&mut object, tags::GRID_FRAME_OFFSET_VECTOR, VR::DS, offsets);
    assert_shows(&read_all(&[file(&object, EXPLICIT)]), &stack, |_, v| v);
}
