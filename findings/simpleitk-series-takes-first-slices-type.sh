#!/usr/bin/env bash
# SimpleITK: a PET series whose first slice has rescale slope 1 is cut to whole numbers in every other slice.
# Expected: DICOM PET (PS3.3 C.8.9.4) scales each slice by its own slope. The values must not depend on which slice comes
# first: with the same slices in the other order, SimpleITK keeps the fractions.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 pydicom==3.0.2 numpy==2.4.6

venv/bin/python - <<'PY'
import os
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

STUDY, SERIES, FRAME = generate_uid(), generate_uid(), generate_uid()
COMMON = dict(
    PatientName="", PatientID="phantom", PatientBirthDate="", PatientSex="", StudyDate="20200101", StudyTime="120000",
    ReferringPhysicianName="", StudyID="1", AccessionNumber="", SeriesNumber=1, PositionReferenceIndicator="",
    Manufacturer="none", StudyInstanceUID=STUDY, SeriesInstanceUID=SERIES, FrameOfReferenceUID=FRAME,
    SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", Rows=8, Columns=8, BitsAllocated=16,
    BitsStored=16, HighBit=15, PixelRepresentation=0, ImageType=["ORIGINAL", "PRIMARY", "OTHER"],
    ImageOrientationPatient=[1, 0, 0, 0, 1, 0], PixelSpacing=[1, 1], SliceThickness=1,
)


def save(path, *parts, pixels, **more):
    data = Dataset()
    for name, value in {k: v for part in (COMMON, *parts, more) for k, v in part.items()}.items():
        setattr(data, name, value)
    data.SOPInstanceUID = generate_uid()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.PixelData = pixels.astype("<u2").tobytes()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data.save_as(path, enforce_file_format=True)
import SimpleITK as sitk

PET = dict(Modality="PT", SOPClassUID="1.2.840.10008.5.1.4.1.1.128", Units="BQML", RescaleType="BQML")
for folder, slopes in [("first", [1, 0.25, 0.25, 0.25]), ("last", [0.25, 0.25, 0.25, 1])]:
    for z, slope in enumerate(slopes):
        save(f"{folder}/{z}.dcm", PET, pixels=np.full((8, 8), 3), InstanceNumber=z + 1, RescaleSlope=slope,
             RescaleIntercept=0, ImagePositionPatient=[0, 0, z])

print("SimpleITK", sitk.Version.VersionString())
seen = {}
for folder in ("first", "last"):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(folder))
    image = reader.Execute()
    seen[folder] = sitk.GetArrayFromImage(image)[:, 0, 0].tolist()
    print(f"slope 1 {folder}: {image.GetPixelIDTypeAsString()}, a slice each: {seen[folder]}")
print("expected: 3 x 0.25 = 0.75 in three slices and 3 in one, both times")
holds = seen == {"first": [3, 0, 0, 0], "last": [0.75, 0.75, 0.75, 3]}
raise SystemExit(None if holds else "no longer seen")
PY
