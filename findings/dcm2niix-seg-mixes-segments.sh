#!/usr/bin/env bash
# dcm2niix: a DICOM segmentation of two segments becomes two volumes in which both segments are mixed, on wrong slices.
# Expected: volume n holds segment n (PS3.3 C.8.20: each frame names its segment in Segment Identification), every frame
# at its own place. The tool says that one-bit images are experimental, and succeeds.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile dcm2niix==1.0.20260724 highdicom==0.28.2 nibabel==5.4.2 pydicom==3.0.2 numpy==2.4.6

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

import glob, subprocess, highdicom as hd, nibabel as nib
from pydicom import dcmread
from pydicom.sr.codedict import codes

for z in range(6):
    save(f"in/{z}.dcm", MR, pixels=np.full((8, 8), 100), InstanceNumber=z + 1, ImagePositionPatient=[0, 0, z])
mask = np.zeros((6, 8, 8), np.uint8)
mask[1, 2:4, 2:4] = 1  # segment 1: four voxels a slice, at z = 1 and 4 mm
mask[4, 2:4, 2:4] = 1
mask[2, 5, 5] = 2  # segment 2: one voxel, at z = 2 mm
segments = [hd.seg.SegmentDescription(n, f"s{n}", codes.SCT.Tissue, codes.SCT.Tissue,
                                      hd.seg.SegmentAlgorithmTypeValues.MANUAL) for n in (1, 2)]
os.makedirs("seg/out")
hd.seg.Segmentation([dcmread(f"in/{z}.dcm") for z in range(6)], mask, hd.seg.SegmentationTypeValues.BINARY, segments,
                    generate_uid(), 2, generate_uid(), 1, "none", "none", "1", "1",
                    omit_empty_frames=False).save_as("seg/seg.dcm")
run = subprocess.run(["venv/bin/dcm2niix", "-z", "n", "-o", "seg/out", "seg"], capture_output=True, text=True)
image = nib.load(glob.glob("seg/out/*.nii")[0])
counts = [[int(n) for n in image.get_fdata()[..., v].sum((0, 1))] for v in range(image.shape[3])]
print("dcm2niix 1.0.20260724, highdicom", hd.__version__, "exit code", run.returncode, "shape", image.shape)
print("expected voxels a slice: segment 1 [0, 4, 0, 0, 4, 0], segment 2 [0, 0, 1, 0, 0, 0]")
print("seen:                    volume 1 ", counts[0], ", volume 2 ", counts[1], sep="")
holds = run.returncode == 0 and image.shape == (8, 8, 6, 2) and counts != [[0, 4, 0, 0, 4, 0], [0, 0, 1, 0, 0, 0]]
raise SystemExit(None if holds and counts[1] != [0, 0, 1, 0, 0, 0] else "no longer seen")
PY
