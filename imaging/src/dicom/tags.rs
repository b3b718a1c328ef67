//! The elements that a listing needs; all others are passed over.

use dicom_core::Tag;
use dicom_dictionary_std::tags as t;

pub(super) use dicom_dictionary_std::tags::*;

/// Siemens: b-value of a diffusion scan.
pub(super) const SIEMENS_B_VALUE: Tag = Tag(0x0019, 0x100c);
/// Philips: the same.
pub(super) const PHILIPS_B_VALUE: Tag = Tag(0x2001, 0x1003);
/// General Electric: the same, among other numbers.
pub(super) const GE_B_VALUE: Tag = Tag(0x0043, 0x1039);

/// Sequences whose items are looked into; what is written without types does not say which they are.
const SEQUENCES: [Tag; 12] = [
    t::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
    t::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
    t::DETECTOR_INFORMATION_SEQUENCE,
    t::PLANE_POSITION_SEQUENCE,
    t::PLANE_ORIENTATION_SEQUENCE,
    t::PIXEL_MEASURES_SEQUENCE,
    t::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
    t::FRAME_CONTENT_SEQUENCE,
    t::MR_ECHO_SEQUENCE,
    t::MR_TIMING_AND_RELATED_PARAMETERS_SEQUENCE,
    t::MR_MODIFIER_SEQUENCE,
    t::MR_DIFFUSION_SEQUENCE,
];

/// More of them.
const MORE_SEQUENCES: [Tag; 5] = [
    t::DIFFUSION_GRADIENT_DIRECTION_SEQUENCE,
    t::MR_IMAGE_FRAME_TYPE_SEQUENCE,
    t::CT_IMAGE_FRAME_TYPE_SEQUENCE,
    t::CONTRAST_BOLUS_AGENT_SEQUENCE,
    t::MODALITY_LUT_SEQUENCE,
];

const WANTED: [Tag; 79] = [
    t::SPECIFIC_CHARACTER_SET,
    t::IMAGE_TYPE,
    t::SOP_CLASS_UID,
    t::SOP_INSTANCE_UID,
    t::STUDY_DATE,
    t::SERIES_DATE,
    t::ACQUISITION_DATE,
    t::CONTENT_DATE,
    t::ACQUISITION_DATE_TIME,
    t::STUDY_TIME,
    t::SERIES_TIME,
    t::ACQUISITION_TIME,
    t::CONTENT_TIME,
    t::MODALITY,
    t::MANUFACTURER,
    t::SERIES_DESCRIPTION,
    t::PATIENT_NAME,
    t::PATIENT_ID,
    t::PATIENT_BIRTH_DATE,
    t::PATIENT_AGE,
    t::CONTRAST_BOLUS_AGENT,
    t::BODY_PART_EXAMINED,
    t::SCANNING_SEQUENCE,
    t::SEQUENCE_VARIANT,
    t::SCAN_OPTIONS,
    t::MR_ACQUISITION_TYPE,
    t::SEQUENCE_NAME,
    t::SLICE_THICKNESS,
    t::REPETITION_TIME,
    t::ECHO_TIME,
    t::INVERSION_TIME,
    t::ECHO_NUMBERS,
    t::SPACING_BETWEEN_SLICES,
    t::ECHO_TRAIN_LENGTH,
    t::PROTOCOL_NAME,
    t::CONTRAST_BOLUS_VOLUME,
    t::TRIGGER_TIME,
    t::FLIP_ANGLE,
    t::MAGNETIC_FIELD_STRENGTH,
    t::DIFFUSION_B_VALUE,
    t::DIFFUSION_GRADIENT_ORIENTATION,
    t::PULSE_SEQUENCE_NAME,
    t::STUDY_INSTANCE_UID,
    t::SERIES_INSTANCE_UID,
    t::SERIES_NUMBER,
    t::ACQUISITION_NUMBER,
    t::INSTANCE_NUMBER,
    t::IMAGE_POSITION_PATIENT,
    t::IMAGE_ORIENTATION_PATIENT,
    t::FRAME_OF_REFERENCE_UID,
    t::TEMPORAL_POSITION_IDENTIFIER,
    t::SAMPLES_PER_PIXEL,
    t::PHOTOMETRIC_INTERPRETATION,
    t::NUMBER_OF_FRAMES,
    t::ROWS,
    t::COLUMNS,
    t::PIXEL_SPACING,
    t::BITS_ALLOCATED,
    t::BITS_STORED,
    t::HIGH_BIT,
    t::PIXEL_REPRESENTATION,
    t::RESCALE_INTERCEPT,
    t::RESCALE_SLOPE,
    t::GRID_FRAME_OFFSET_VECTOR,
    t::REQUESTED_PROCEDURE_DESCRIPTION,
    t::STUDY_DESCRIPTION,
    t::BURNED_IN_ANNOTATION,
    t::DERIVATION_DESCRIPTION,
    t::COMPLEX_IMAGE_COMPONENT,
    t::ACQUISITION_CONTRAST,
    t::EFFECTIVE_ECHO_TIME,
    t::INVERSION_TIMES,
    t::STACK_ID,
    t::FRAME_TYPE,
    t::SLICE_LOCATION,
    t::LOSSY_IMAGE_COMPRESSION,
    SIEMENS_B_VALUE,
    PHILIPS_B_VALUE,
    GE_B_VALUE,
];

/// Whether an element of the outermost data set is kept.
pub(super) fn is_wanted(tag: Tag) -> bool {
    WANTED.contains(&tag) || is_sequence(tag)
}

/// Whether an element is a sequence that is looked into.
pub(super) fn is_sequence(tag: Tag) -> bool {
    SEQUENCES.contains(&tag) || MORE_SEQUENCES.contains(&tag)
}
