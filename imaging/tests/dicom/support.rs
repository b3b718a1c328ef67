//! DICOM files laid by dicom-rs, in memory: what the reader under test does not use.

use dicom_core::value::{DataSetSequence, PixelFragmentSequence, Value};
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use imaging::dicom::{FileId, Header, Listing, Part, Reading, read};
use imaging::{ImagingError, VoxelPoint};

pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(crate) const IMPLICIT: &str = "1.2.840.10008.1.2";
pub(crate) const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
pub(crate) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

const MR: &str = "1.2.840.10008.5.1.4.1.1.4";
const ENHANCED_MR: &str = "1.2.840.10008.5.1.4.1.1.4.1";

pub(crate) type Object = InMemDicomObject;

/// Puts text, as all types that are written in text.
pub(crate) fn text(object: &mut Object, tag: Tag, vr: VR, value: &str) {
    let parts: Vec<String> = value.split('\\').map(str::to_owned).collect();
    let value = PrimitiveValue::Strs(parts.into());
    object.put(DataElement::new(tag, vr, value));
}

/// Puts a 16-bit number.
pub(crate) fn short(object: &mut Object, tag: Tag, value: u16) {
    object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
}

/// Puts 64-bit numbers.
pub(crate) fn doubles(object: &mut Object, tag: Tag, values: &[f64]) {
    let value = PrimitiveValue::F64(values.to_vec().into());
    object.put(DataElement::new(tag, VR::FD, value));
}

/// Puts a sequence.
pub(crate) fn items(object: &mut Object, tag: Tag, items: Vec<Object>) {
    object.put(DataElement::new(
        tag,
        VR::SQ,
        Value::Sequence(DataSetSequence::from(items)),
    ));
}

/// An object of one sequence with one item.
pub(crate) fn within(tag: Tag, item: Object) -> Object {
    let mut object = Object::new_empty();
    items(&mut object, tag, vec![item]);
    object
}

fn decimals(values: &[f64]) -> String {
    let words: Vec<String> = values.iter().map(|v| format!("{v:.6}")).collect();
    words.join("\\")
}

/// A series in the making. Fields are public so that a test can make it odd.
#[derive(Clone)]
pub(crate) struct Stack {
    /// Columns, rows, slices.
    pub(crate) dims: [usize; 3],
    /// LPS of the first slice's first pixel.
    pub(crate) origin: [f64; 3],
    pub(crate) row: [f64; 3],
    pub(crate) column: [f64; 3],
    /// From slice to slice.
    pub(crate) step: [f64; 3],
    /// Between rows, between columns.
    pub(crate) spacing: [f64; 2],
    pub(crate) patient: &'static str,
    pub(crate) study: &'static str,
    pub(crate) date: &'static str,
    pub(crate) series: &'static str,
    pub(crate) syntax: &'static str,
    /// Added to each value, so that two stacks differ.
    pub(crate) lift: u16,
}

impl Stack {
    /// 7 × 6 × 5 voxels of three sizes, axial.
    pub(crate) fn axial() -> Self {
        Self {
            dims: [7, 6, 5],
            origin: [-31.5, -42.25, 11.0],
            row: [1.0, 0.0, 0.0],
            column: [0.0, 1.0, 0.0],
            step: [0.0, 0.0, 3.0],
            spacing: [1.5, 0.75],
            patient: "4711",
            study: "1.2.1",
            date: "20200229",
            series: "1.2.1.1",
            syntax: EXPLICIT,
            lift: 0,
        }
    }

    /// A value that no other voxel of the stack has.
    pub(crate) fn value(&self, x: usize, y: usize, z: usize) -> u16 {
        (x + 10 * y + 100 * z) as u16 + self.lift
    }

    pub(crate) fn position(&self, z: f64) -> [f64; 3] {
        [0, 1, 2].map(|i| self.origin[i] + z * self.step[i])
    }

    /// RAS of a voxel.
    pub(crate) fn place(&self, x: usize, y: usize, z: usize) -> [f64; 3] {
        let from = self.position(z as f64);
        let lps = [0, 1, 2].map(|i| {
            from[i]
                + x as f64 * self.spacing[1] * self.row[i]
                + y as f64 * self.spacing[0] * self.column[i]
        });
        [-lps[0], -lps[1], lps[2]]
    }

    pub(crate) fn pixels(&self, z: usize) -> Vec<u16> {
        let [nx, ny, _] = self.dims;
        let row = |y: usize| (0..nx).map(move |x| self.value(x, y, z));
        (0..ny).flat_map(row).collect()
    }

    /// What a classic file and an enhanced one both say.
    pub(crate) fn common(&self, instance: &str) -> Object {
        let mut o = Object::new_empty();
        text(&mut o, tags::SOP_CLASS_UID, VR::UI, MR);
        text(&mut o, tags::SOP_INSTANCE_UID, VR::UI, instance);
        text(
            &mut o,
            tags::IMAGE_TYPE,
            VR::CS,
            "ORIGINAL\\PRIMARY\\M\\NORM",
        );
        text(&mut o, tags::STUDY_DATE, VR::DA, self.date);
        text(&mut o, tags::SERIES_DATE, VR::DA, self.date);
        text(&mut o, tags::ACQUISITION_DATE, VR::DA, self.date);
        text(&mut o, tags::MODALITY, VR::CS, "MR");
        text(&mut o, tags::SERIES_DESCRIPTION, VR::LO, "t1 tra DOE");
        text(&mut o, tags::PATIENT_NAME, VR::PN, "DOE^JANE");
        text(&mut o, tags::PATIENT_ID, VR::LO, self.patient);
        text(&mut o, tags::PATIENT_BIRTH_DATE, VR::DA, "20040101");
        text(&mut o, tags::STUDY_INSTANCE_UID, VR::UI, self.study);
        text(&mut o, tags::SERIES_INSTANCE_UID, VR::UI, self.series);
        text(&mut o, tags::SERIES_NUMBER, VR::IS, "3");
        text(&mut o, tags::FRAME_OF_REFERENCE_UID, VR::UI, self.study);
        short(&mut o, tags::ROWS, self.dims[1] as u16);
        short(&mut o, tags::COLUMNS, self.dims[0] as u16);
        short(&mut o, tags::SAMPLES_PER_PIXEL, 1);
        text(
            &mut o,
            tags::PHOTOMETRIC_INTERPRETATION,
            VR::CS,
            "MONOCHROME2",
        );
        short(&mut o, tags::BITS_ALLOCATED, 16);
        short(&mut o, tags::BITS_STORED, 12);
        short(&mut o, tags::HIGH_BIT, 11);
        short(&mut o, tags::PIXEL_REPRESENTATION, 0);
        o
    }

    fn orientation(&self) -> String {
        decimals(&[self.row, self.column].concat())
    }

    /// Slice `z` of the stack as a classic image.
    pub(crate) fn slice(&self, z: usize) -> Object {
        let mut o = self.common(&format!("{}.{}", self.series, z + 1));
        text(&mut o, tags::ECHO_TIME, VR::DS, "2.5");
        text(&mut o, tags::REPETITION_TIME, VR::DS, "1900");
        text(&mut o, tags::ACQUISITION_NUMBER, VR::IS, "1");
        text(
            &mut o,
            tags::PIXEL_SPACING,
            VR::DS,
            &decimals(&self.spacing),
        );
        text(
            &mut o,
            tags::IMAGE_ORIENTATION_PATIENT,
            VR::DS,
            &self.orientation(),
        );
        let position = decimals(&self.position(z as f64));
        text(&mut o, tags::IMAGE_POSITION_PATIENT, VR::DS, &position);
        put_pixels(&mut o, &self.pixels(z));
        o
    }

    /// All slices in order.
    pub(crate) fn slices(&self) -> Vec<Object> {
        (0..self.dims[2]).map(|z| self.slice(z)).collect()
    }

    /// One enhanced image of the slices in `order`; `spoil` changes each frame's own groups.
    pub(crate) fn enhanced(&self, order: &[usize], spoil: impl Fn(usize, &mut Object)) -> Object {
        let mut o = self.common(&format!("{}.0", self.series));
        text(&mut o, tags::SOP_CLASS_UID, VR::UI, ENHANCED_MR);
        text(
            &mut o,
            tags::NUMBER_OF_FRAMES,
            VR::IS,
            &order.len().to_string(),
        );
        let mut measures = Object::new_empty();
        text(
            &mut measures,
            tags::PIXEL_SPACING,
            VR::DS,
            &decimals(&self.spacing),
        );
        let mut shared = within(tags::PIXEL_MEASURES_SEQUENCE, measures);
        let mut plane = Object::new_empty();
        text(
            &mut plane,
            tags::IMAGE_ORIENTATION_PATIENT,
            VR::DS,
            &self.orientation(),
        );
        items(&mut shared, tags::PLANE_ORIENTATION_SEQUENCE, vec![plane]);
        items(
            &mut o,
            tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
            vec![shared],
        );
        let frames = order.iter().enumerate().map(|(number, z)| {
            let mut plane = Object::new_empty();
            let position = decimals(&self.position(*z as f64));
            text(&mut plane, tags::IMAGE_POSITION_PATIENT, VR::DS, &position);
            let mut frame = within(tags::PLANE_POSITION_SEQUENCE, plane);
            spoil(number, &mut frame);
            frame
        });
        items(
            &mut o,
            tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
            frames.collect(),
        );
        let pixels: Vec<u16> = order.iter().flat_map(|z| self.pixels(*z)).collect();
        put_pixels(&mut o, &pixels);
        o
    }

    /// The objects as files.
    pub(crate) fn files(&self, objects: &[Object]) -> Vec<Vec<u8>> {
        objects.iter().map(|o| file(o, self.syntax)).collect()
    }
}

pub(crate) fn put_pixels(object: &mut Object, pixels: &[u16]) {
    let value = PrimitiveValue::U16(pixels.to_vec().into());
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OW, value));
}

/// Puts compressed frames, each in one fragment, without an offset table.
pub(crate) fn put_fragments(object: &mut Object, fragments: Vec<Vec<u8>>) {
    let even = fragments.into_iter().map(|mut fragment| {
        fragment.resize(fragment.len().next_multiple_of(2), 0);
        fragment
    });
    let fragments = PixelFragmentSequence::new_fragments(even.collect::<Vec<_>>());
    object.put(DataElement::new(
        tags::PIXEL_DATA,
        VR::OB,
        Value::PixelSequence(fragments),
    ));
}

/// A whole file of an object.
pub(crate) fn file(object: &Object, syntax: &str) -> Vec<u8> {
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(syntax)
        .media_storage_sop_class_uid(MR)
        .media_storage_sop_instance_uid("1.2.3");
    let object = object.clone().with_meta(meta).expect("a meta group");
    let mut bytes = Vec::new();
    object.write_all(&mut bytes).expect("in memory");
    bytes
}

/// Lists files, by their place.
pub(crate) fn list(files: &[Vec<u8>]) -> Listing {
    let headers = files.iter().enumerate().filter_map(|(number, bytes)| {
        let header = Header::read(bytes.as_slice()).expect("sound")?;
        Some((FileId(number), header))
    });
    Listing::of(headers.collect())
}

/// The parts of files that are of one examination.
pub(crate) fn parts(files: &[Vec<u8>]) -> Vec<Part> {
    let mut listing = list(files);
    assert_eq!(listing.patients.len(), 1);
    assert_eq!(listing.patients[0].examinations.len(), 1);
    listing.patients.remove(0).examinations.remove(0).parts
}

pub(crate) fn read_from(files: &[Vec<u8>], part: &Part) -> Result<Reading, ImagingError> {
    read(part, |file| Ok(files[file.0].as_slice()))
}

/// Reads files that make one part.
pub(crate) fn read_all(files: &[Vec<u8>]) -> Reading {
    let parts = parts(files);
    assert_eq!(
        parts.len(),
        1,
        "{:?}",
        parts.iter().map(|p| &p.about).collect::<Vec<_>>()
    );
    read_from(files, &parts[0]).expect("a volume")
}

/// Every voxel of the stack has its value at its place in the patient, after `of` what is stored.
pub(crate) fn assert_shows(reading: &Reading, stack: &Stack, of: impl Fn(usize, f32) -> f32) {
    let volume = &reading.series.volume;
    assert_eq!(volume.data.len(), stack.dims.iter().product::<usize>());
    for z in 0..stack.dims[2] {
        for y in 0..stack.dims[1] {
            for x in 0..stack.dims[0] {
                let (value, mm) = at(reading, stack.place(x, y, z));
                assert!(mm < 0.01, "{x} {y} {z}: {mm} mm off");
                assert_eq!(value, of(z, stack.value(x, y, z).into()), "{x} {y} {z}");
            }
        }
    }
}

/// The part reads as the stack.
pub(crate) fn assert_part_shows(files: &[Vec<u8>], part: &Part, stack: &Stack) {
    let reading = read_from(files, part).expect("a volume");
    assert_shows(&reading, stack, |_, value| value);
}

/// The slices of a stack once more, as other instances that are marked so.
pub(crate) fn marked(stack: &Stack, tag: Tag, vr: VR, value: &str) -> Vec<Object> {
    let mut slices = stack.slices();
    for slice in &mut slices {
        let uid = slice.element(tags::SOP_INSTANCE_UID).expect("one");
        let uid = format!("{}.2", uid.to_str().expect("text"));
        text(slice, tags::SOP_INSTANCE_UID, VR::UI, &uid);
        text(slice, tag, vr, value);
    }
    slices
}

/// The value of the voxel nearest to a place, and how far that is.
pub(crate) fn at(reading: &Reading, place: [f64; 3]) -> (f32, f64) {
    let volume = &reading.series.volume;
    let place = imaging::RasPoint(place);
    let voxel = volume.grid.affine.voxel_of(place).expect("invertible").0;
    let near = voxel.map(f64::round);
    let found = volume.grid.affine.apply(VoxelPoint(near));
    let index = imaging::VoxelIndex(near.map(|i| i as usize));
    (volume.get(index).expect("inside"), found.distance_mm(place))
}
