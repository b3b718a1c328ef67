//! What a series says of how it was taken, for the list and for recognition; without what names a person.

use super::element::DataSet;
use super::tags;
use super::values::Charset;
use serde::{Deserialize, Serialize};

/// How a part was taken. Texts are as written, without padding; numbers are absent where the file has none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Attributes {
    /// `MR`, `CT` and so on.
    pub modality: String,
    /// *Series Description*. Words of the patient's name in it are blanked.
    pub description: String,
    /// *Protocol Name*, blanked in the same way.
    pub protocol: String,
    /// *Sequence Name* or *Pulse Sequence Name*, such as `*tfl3d1_16ns`.
    pub sequence_name: String,
    /// *Image Type*, or the frame's own, in capitals.
    pub image_type: Vec<String>,
    /// *Scanning Sequence*, such as `GR` and `IR`.
    pub scanning_sequence: Vec<String>,
    /// *Sequence Variant*, such as `SK` and `SP`.
    pub sequence_variant: Vec<String>,
    /// *Scan Options*, such as `FS`.
    pub scan_options: Vec<String>,
    /// *MR Acquisition Type*: `2D` or `3D`.
    pub acquisition_type: String,
    /// *Acquisition Contrast* of an enhanced image, such as `T1` or `FLUID_ATTENUATED`.
    pub acquisition_contrast: String,
    /// *Repetition Time* in ms.
    pub repetition_ms: Option<f64>,
    /// *Echo Time* in ms.
    pub echo_ms: Option<f64>,
    /// *Inversion Time* in ms.
    pub inversion_ms: Option<f64>,
    /// *Flip Angle* in degrees.
    pub flip_degrees: Option<f64>,
    /// *Echo Train Length*.
    pub echo_train: Option<f64>,
    /// *Magnetic Field Strength* in tesla.
    pub field_tesla: Option<f64>,
    /// *Contrast/Bolus Agent*, as written.
    pub contrast_agent: String,
    /// *Body Part Examined*.
    pub body_part: String,
    /// *Manufacturer*.
    pub manufacturer: String,
    /// b-value of a diffusion scan in s/mm².
    pub b_value: Option<f64>,
}

impl Attributes {
    pub(super) fn of(root: &DataSet) -> Self {
        let charset = Charset::of(root);
        let blanks = Blanks::of(root, &charset);
        let words = |tag| blanks.blank(&root.words(tag, &charset).unwrap_or_default());
        let code = |tag| root.code(tag).unwrap_or_default().to_uppercase();
        let first = |a: String, b: String| if a.is_empty() { b } else { a };
        Self {
            modality: code(tags::MODALITY),
            description: words(tags::SERIES_DESCRIPTION),
            protocol: words(tags::PROTOCOL_NAME),
            sequence_name: first(words(tags::SEQUENCE_NAME), words(tags::PULSE_SEQUENCE_NAME)),
            image_type: codes(root, tags::IMAGE_TYPE),
            scanning_sequence: codes(root, tags::SCANNING_SEQUENCE),
            sequence_variant: codes(root, tags::SEQUENCE_VARIANT),
            scan_options: codes(root, tags::SCAN_OPTIONS),
            acquisition_type: code(tags::MR_ACQUISITION_TYPE),
            acquisition_contrast: code(tags::ACQUISITION_CONTRAST),
            repetition_ms: root.decimal(tags::REPETITION_TIME),
            echo_ms: root.decimal(tags::ECHO_TIME),
            inversion_ms: root.decimal(tags::INVERSION_TIME),
            flip_degrees: root.decimal(tags::FLIP_ANGLE),
            echo_train: root.decimal(tags::ECHO_TRAIN_LENGTH),
            field_tesla: root.decimal(tags::MAGNETIC_FIELD_STRENGTH),
            contrast_agent: first(
                words(tags::CONTRAST_BOLUS_AGENT),
                coded_agent(root, &charset),
            ),
            body_part: code(tags::BODY_PART_EXAMINED),
            manufacturer: words(tags::MANUFACTURER),
            b_value: None,
        }
    }
}

/// The contrast agent of an enhanced image, which stands there as a code with its meaning.
fn coded_agent(root: &DataSet, charset: &Charset) -> String {
    let agent = root.items(tags::CONTRAST_BOLUS_AGENT_SEQUENCE).first();
    let words = |set: &DataSet| set.words(tags::CODE_MEANING, charset);
    agent.map_or_else(String::new, |set| {
        words(set).unwrap_or_else(|| "given".to_owned())
    })
}

/// The values of a code, in capitals.
pub(super) fn codes(set: &DataSet, tag: dicom_core::Tag) -> Vec<String> {
    let text = set.code(tag).unwrap_or_default().to_uppercase();
    let parts = text.split('\\').map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

/// Words that must not be shown.
struct Blanks(Vec<String>);

/// Words of scans that are also found where a patient's name should be.
const HARMLESS: [&str; 24] = [
    "FLAIR", "BRAIN", "HEAD", "MPRAGE", "SPACE", "CUBE", "AXIAL", "SAG", "COR", "TRA", "POST",
    "PRE", "GAD", "TSE", "FSE", "SWI", "DWI", "ADC", "NATIVE", "TEST", "PHANTOM", "CONTRAST",
    "TUMOR", "SCAN",
];

impl Blanks {
    fn of(root: &DataSet, charset: &Charset) -> Self {
        let mut blanks = Vec::new();
        for tag in [tags::PATIENT_NAME, tags::PATIENT_ID] {
            let text = root.words(tag, charset).unwrap_or_default().to_uppercase();
            let parts = text.split(|c: char| !c.is_alphanumeric());
            let long = parts.filter(|part| part.chars().count() >= 3 && !HARMLESS.contains(part));
            blanks.extend(long.map(str::to_owned));
        }
        Self(blanks)
    }

    /// The text with those words as `…`.
    fn blank(&self, text: &str) -> String {
        let mut out = String::new();
        let mut word = String::new();
        for letter in text.chars().map(Some).chain([None]) {
            match letter {
                Some(letter) if letter.is_alphanumeric() => word.push(letter),
                other => {
                    if self.0.contains(&word.to_uppercase()) {
                        out.push('…');
                    } else {
                        out.push_str(&word);
                    }
                    word.clear();
                    out.extend(other);
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_name_are_blanked_and_words_of_scans_are_not() {
        let blanks = Blanks(vec!["DOE".into(), "JANE".into(), "4711".into()]);
        assert_eq!(blanks.blank("T1_doe_tra Jane-4711 km"), "T1_…_tra …-… km");
        assert_eq!(blanks.blank("t1_doener"), "t1_doener");
        assert_eq!(blanks.blank(""), "");
    }
}
