//! What belongs together: patients, visits, series and their parts.

use crate::support::*;
use dicom_core::VR;
use dicom_dictionary_std::tags;
use imaging::dicom::{Derived, NoVolume, Standing};

fn objects_of(files: &mut Vec<Vec<u8>>, objects: &[Object]) {
    files.extend(objects.iter().map(|object| file(object, EXPLICIT)));
}

#[test]
fn patients_and_visits_are_kept_apart_and_told_by_number_and_days() {
    let mut first = Stack::axial();
    let mut later = Stack::axial();
    (later.study, later.series, later.date) = ("1.2.2", "1.2.2.1", "20200315");
    let mut other = Stack::axial();
    (other.patient, other.study, other.series) = ("4712", "1.2.3", "1.2.3.1");
    let mut files = Vec::new();
    // Files of all three in turn.
    for z in 0..5 {
        objects_of(
            &mut files,
            &[later.slice(z), other.slice(z), first.slice(z)],
        );
    }
    let listing = list(&files);
    let visits: Vec<Vec<_>> = (listing.patients.iter())
        .map(|p| {
            p.examinations
                .iter()
                .map(|e| (e.days_after_first, e.parts.len()))
                .collect()
        })
        .collect();
    assert_eq!(
        visits,
        [vec![(Some(0), 1), (Some(15), 1)], vec![(Some(0), 1)]]
    );
    // Born on 1 January 2004: 16 years old.
    assert_eq!(listing.patients[0].examinations[0].under_18, Some(true));
    let part = &listing.patients[0].examinations[0].parts[0];
    assert_part_shows(&files, part, &first);
    first.date = "20220102";
    let files = first.files(&first.slices());
    assert_eq!(
        list(&files).patients[0].examinations[0].under_18,
        Some(false)
    );
}

#[test]
fn two_dates_are_two_visits_also_within_one_study_and_midnight_is_none() {
    let early = Stack::axial();
    let mut late = Stack::axial();
    late.lift = 50;
    for (date, visits) in [("20200301", 1), ("20200529", 2)] {
        let mut files = early.files(&early.slices());
        let mut slices = late.slices();
        for slice in &mut slices {
            let uid = slice.element(tags::SOP_INSTANCE_UID).expect("one");
            let uid = format!("{}.7", uid.to_str().expect("text"));
            text(slice, tags::SOP_INSTANCE_UID, VR::UI, &uid);
            text(slice, tags::SERIES_INSTANCE_UID, VR::UI, "1.2.1.9");
            text(slice, tags::ACQUISITION_DATE, VR::DA, date);
        }
        objects_of(&mut files, &slices);
        assert_eq!(
            list(&files).patients[0].examinations.len(),
            visits,
            "{date}"
        );
    }
}

#[test]
fn one_person_is_one_patient_however_the_name_is_spelt_within_a_study() {
    let stack = Stack::axial();
    let mut slices = stack.slices();
    text(&mut slices[1], tags::PATIENT_NAME, VR::PN, "Doe^Jane^^^");
    text(&mut slices[2], tags::PATIENT_NAME, VR::PN, "");
    text(&mut slices[3], tags::PATIENT_NAME, VR::PN, "DOE^J");
    text(&mut slices[4], tags::PATIENT_ID, VR::LO, "");
    assert_shows(&read_all(&stack.files(&slices)), &stack, |_, v| v);
}

#[test]
fn two_names_are_two_patients_though_all_else_is_alike() {
    let stack = Stack::axial();
    let mut slices = stack.slices();
    for slice in &mut slices {
        text(slice, tags::PATIENT_NAME, VR::PN, "ROE^RICHARD");
    }
    let mut files = stack.files(&stack.slices());
    objects_of(&mut files, &slices);
    assert_eq!(list(&files).patients.len(), 2);
}

#[test]
fn echoes_of_one_series_are_two_volumes() {
    let stack = Stack::axial();
    let mut other = stack.clone();
    other.lift = 1000;
    let slices = marked(&other, tags::ECHO_TIME, VR::DS, "90");
    let mut files = stack.files(&stack.slices());
    objects_of(&mut files, &slices);
    let parts = parts(&files);
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[1].about.attributes.echo_ms, Some(90.0));
    assert_part_shows(&files, &parts[0], &stack);
    assert_part_shows(&files, &parts[1], &other);
}

#[test]
fn weaker_marks_part_repeats_and_leave_a_single_stack_alone() {
    let stack = Stack::axial();
    let mut other = stack.clone();
    other.lift = 1000;
    let again = marked(&other, tags::ACQUISITION_NUMBER, VR::IS, "2");
    let mut files = stack.files(&stack.slices());
    objects_of(&mut files, &again);
    assert_eq!(parts(&files).len(), 2);
    // Interleaved slices counted as two acquisitions are one stack.
    let mut slices = stack.slices();
    for slice in slices.iter_mut().step_by(2) {
        text(slice, tags::ACQUISITION_NUMBER, VR::IS, "2");
    }
    assert_shows(&read_all(&stack.files(&slices)), &stack, |_, v| v);
}

#[test]
fn two_stacks_beside_each_other_are_two_volumes() {
    let stack = Stack::axial();
    let mut beside = stack.clone();
    beside.origin[0] += 40.0;
    beside.lift = 1000;
    let slices = marked(&beside, tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "01");
    let mut files = stack.files(&stack.slices());
    objects_of(&mut files, &slices);
    let parts = parts(&files);
    assert_eq!(parts.len(), 2);
    for (part, (stack, notes)) in parts.iter().zip([(stack, 0), (beside, 1)]) {
        let reading = read_from(&files, part).expect("a volume");
        assert_shows(&reading, &stack, |_, v| v);
        assert_eq!(reading.notes.len(), notes);
    }
}

#[test]
fn localisers_and_reformats_of_one_series_come_behind_the_stack() {
    let mut stack = Stack::axial();
    stack.dims[2] = 9;
    let mut reformat = Stack::axial();
    reformat.row = [0.0, 1.0, 0.0];
    reformat.column = [0.0, 0.0, -1.0];
    reformat.step = [2.0, 0.0, 0.0];
    let mut slices = reformat.slices();
    for slice in &mut slices {
        let uid = slice.element(tags::SOP_INSTANCE_UID).expect("one");
        let uid = format!("{}.3", uid.to_str().expect("text"));
        text(slice, tags::SOP_INSTANCE_UID, VR::UI, &uid);
        text(slice, tags::IMAGE_TYPE, VR::CS, "DERIVED\\SECONDARY\\MPR");
    }
    let mut single = reformat.slice(0);
    text(&mut single, tags::SOP_INSTANCE_UID, VR::UI, "9.9");
    text(
        &mut single,
        tags::IMAGE_ORIENTATION_PATIENT,
        VR::DS,
        "1\\0\\0\\0\\0\\-1",
    );
    let mut files = Vec::new();
    objects_of(&mut files, &[single]);
    objects_of(&mut files, &slices);
    objects_of(&mut files, &stack.slices());
    let parts = parts(&files);
    let standings: Vec<&Standing> = parts.iter().map(|p| &p.about.standing).collect();
    assert_eq!(
        standings,
        [
            &Standing::Original,
            &Standing::Derived(Derived::Reformat),
            &Standing::NoVolume(NoVolume::SingleSlice),
        ]
    );
    assert_part_shows(&files, &parts[0], &stack);
    assert_part_shows(&files, &parts[1], &reformat);
}

#[test]
fn a_series_that_is_called_localiser_is_none_to_offer_and_can_be_read() {
    let stack = Stack::axial();
    let mut slices = stack.slices();
    for slice in &mut slices {
        text(slice, tags::SERIES_DESCRIPTION, VR::LO, "3-plane loc");
    }
    let files = stack.files(&slices);
    let part = &parts(&files)[0];
    assert_eq!(part.no_volume(), Some(&NoVolume::Localiser));
    assert_shows(
        &read_from(&files, part).expect("readable"),
        &stack,
        |_, v| v,
    );
}
