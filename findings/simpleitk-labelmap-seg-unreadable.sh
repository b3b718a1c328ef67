#!/usr/bin/env bash
# SimpleITK: a DICOM segmentation of the newer kind, a label map, is called no image at all; the binary kind is opened.
# Expected: Label Map Segmentation Storage (1.2.840.10008.5.1.4.1.1.66.7, in the standard since Supplement 243) holds plain
# 8-bit pixels with labels 1, 2, 3: easier to read than the binary kind's packed bits. pydicom and highdicom read it.
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

import highdicom as hd, SimpleITK as sitk
from pydicom import dcmread
from pydicom.sr.codedict import codes

for z in range(6):
    save(f"in/{z}.dcm", MR, pixels=np.full((8, 8), 100), InstanceNumber=z + 1, ImagePositionPatient=[0, 0, z])
mask = np.zeros((6, 8, 8), np.uint8)
mask[1:4, 2:4, 2:4] = 1
tumour = hd.seg.SegmentDescription(1, "tumour", codes.SCT.Tissue, codes.SCT.Tissue,
                                   hd.seg.SegmentAlgorithmTypeValues.MANUAL)
print("SimpleITK", sitk.Version.VersionString(), "highdicom", hd.__version__)
said = {}
for kind in ("BINARY", "LABELMAP"):
    hd.seg.Segmentation([dcmread(f"in/{z}.dcm") for z in range(6)], mask, hd.seg.SegmentationTypeValues[kind], [tumour],
                        generate_uid(), 2, generate_uid(), 1, "none", "none", "1", "1").save_as(kind)
    stored = dcmread(kind)
    try:
        said[kind] = f"read, {sitk.ReadImage(kind).GetSize()}"
    except RuntimeError as error:
        said[kind] = str(error).strip().splitlines()[-1]
    print(f"{kind}: {stored.BitsAllocated} bit, {int(stored.pixel_array.sum())} voxels of tumour by pydicom; SimpleITK:", said[kind])
print("expected: both are read")
holds = said["BINARY"].startswith("read") and "Unable to determine ImageIO" in said["LABELMAP"]
raise SystemExit(None if holds else "no longer seen")
PY
