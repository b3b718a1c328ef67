#!/usr/bin/env bash
# SimpleITK: a series with two echoes (each slice place twice) is one stack of both, with slices 0.43 mm apart.
# Expected: PS3.3 allows several images at one place in a series (echoes, b-values). A reader that cannot make 4-D of them
# should refuse; here one echo stands on top of the other, squeezed to its height, with a warning of "missing slices".
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
MR = dict(Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4", ScanningSequence="SE", SequenceVariant="NONE",
          ScanOptions="", MRAcquisitionType="2D", EchoTime=10, RepetitionTime=500, EchoTrainLength=1)


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

count = 0
for echo in (1, 2):
    for z in range(4):
        count += 1
        save(f"in/{count}.dcm", MR, pixels=np.full((8, 8), 100 * echo + z), InstanceNumber=count, EchoNumbers=echo,
             EchoTime=10 * echo, ImagePositionPatient=[0, 0, z])

reader = sitk.ImageSeriesReader()
names = reader.GetGDCMSeriesFileNames("in")
reader.SetFileNames(names)
image = reader.Execute()
values = sitk.GetArrayFromImage(image)[:, 0, 0].tolist()
print("SimpleITK", sitk.Version.VersionString())
print("series found:", len(reader.GetGDCMSeriesIDs("in")))
print("expected: two volumes of 4 slices, 1 mm apart, or a refusal")
print("seen:     one of", image.GetSize()[2], "slices,", round(image.GetSpacing()[2], 3), "mm apart:", values)
holds = image.GetSize()[2] == 8 and abs(image.GetSpacing()[2] - 3 / 7) < 1e-6
raise SystemExit(None if holds else "no longer seen")
PY
