#!/usr/bin/env bash
# dcm2niix: two lesions 8 mm apart in a DICOM segmentation are written on neighbouring slices, 1 mm apart.
# Expected: a SEG need not hold frames without any segment (PS3.3 C.8.20.3; highdicom leaves them out unless asked); each
# frame's place is its Plane Position. A gap is kept, or reported; here exit code 0 and no word of it.
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

for z in range(12):
    save(f"in/{z:02}.dcm", MR, pixels=np.full((8, 8), 100), InstanceNumber=z + 1, ImagePositionPatient=[0, 0, z])
mask = np.zeros((12, 8, 8), np.float32)
mask[1, 2:4, 2:4] = 1
mask[9, 2:4, 2:4] = 1
tumour = hd.seg.SegmentDescription(1, "tumour", codes.SCT.Tissue, codes.SCT.Tissue,
                                   hd.seg.SegmentAlgorithmTypeValues.MANUAL)
os.mkdir("seg")
for kind in ("FRACTIONAL", "BINARY"):
    seg = hd.seg.Segmentation([dcmread(f"in/{z:02}.dcm") for z in range(12)], mask.astype(
        np.float32 if kind == "FRACTIONAL" else np.uint8), hd.seg.SegmentationTypeValues[kind], [tumour],
        generate_uid(), 2, generate_uid(), 1, "none", "none", "1", "1")
    os.makedirs(f"{kind}/out")
    seg.save_as(f"{kind}/seg.dcm")
    run = subprocess.run(["venv/bin/dcm2niix", "-z", "n", "-o", f"{kind}/out", kind], capture_output=True, text=True)
    image = nib.load(glob.glob(f"{kind}/out/*.nii")[0])
    where = sorted({nib.affines.apply_affine(image.affine, at[:3])[2].item() for at in np.argwhere(image.get_fdata())})
    print(f"{kind}: {seg.NumberOfFrames} frames; lesions written at z = {where} mm, exit code {run.returncode}")
    if where != [1, 2] or run.returncode != 0:
        raise SystemExit("no longer seen")
print("dcm2niix 1.0.20260724, highdicom", hd.__version__, "- expected: z = [1.0, 9.0] mm")
PY
