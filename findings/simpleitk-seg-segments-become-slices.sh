#!/usr/bin/env bash
# SimpleITK: a DICOM segmentation of two segments is read as one volume of twice the slices, upside down, in 0 and 255.
# Expected: a SEG's frames belong to segments (PS3.3 C.8.20); a reader gives a mask each, at the frames' places, of
# 0 and 1. SimpleITK does not refuse: it stacks segment 2 on top of segment 1.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 highdicom==0.28.2 pydicom==3.0.2 numpy==2.4.6

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


import glob, highdicom as hd, SimpleITK as sitk
from pydicom import dcmread
from pydicom.sr.codedict import codes

for z in range(6):
    save(f"in/{z}.dcm", MR, pixels=np.full((8, 8), 100), InstanceNumber=z + 1, ImagePositionPatient=[0, 0, z])
mask = np.zeros((6, 8, 8), np.uint8)
mask[1, 2:4, 2:4] = 1  # segment 1: four voxels at z = 1 mm
mask[3, 5, 5] = 2  # segment 2: one voxel at z = 3 mm
segments = [hd.seg.SegmentDescription(n, f"s{n}", codes.SCT.Tissue, codes.SCT.Tissue,
                                      hd.seg.SegmentAlgorithmTypeValues.MANUAL) for n in (1, 2)]
hd.seg.Segmentation([dcmread(f"in/{z}.dcm") for z in range(6)], mask, hd.seg.SegmentationTypeValues.BINARY, segments,
                    generate_uid(), 2, generate_uid(), 1, "none", "none", "1", "1",
                    omit_empty_frames=False).save_as("seg.dcm")

image = sitk.ReadImage("seg.dcm")
array = sitk.GetArrayFromImage(image)
at = [image.TransformIndexToPhysicalPoint((0, 0, int(k)))[2] for k in np.flatnonzero(array.any((1, 2)))]
print("SimpleITK", sitk.Version.VersionString(), "highdicom", hd.__version__)
print("expected: 6 slices; labels 0 1 2, or a mask a segment; segment 1 at z = 1 mm, segment 2 at 3 mm")
print("seen:    ", image.GetSize()[2], "slices; values", np.unique(array).tolist(), "; something at z =", at, "mm")
holds = image.GetSize()[2] == 12 and set(np.unique(array)) == {0, 255} and sorted(at) != [1, 3]
raise SystemExit(None if holds else "no longer seen")
PY
