#!/usr/bin/env bash
# dcm2niix: Enhanced MR values depend on Manufacturer: from Siemens, GE or UIH all frames take the last slope.
# Expected: PS3.3 C.7.6.16.2.9: frame i is stored * slope i, whoever made the scanner. The same file with another
# name in (0008,0070) is scaled frame by frame; the wrong ones come with no warning and exit code 0.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile dcm2niix==1.0.20260724 nibabel==5.4.2 pydicom==3.0.2 numpy==2.4.6

venv/bin/python - <<'PY'
import os
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

STUDY, SERIES, FRAME = generate_uid(), generate_uid(), generate_uid()
COMMON = dict(
    PatientName="", PatientID="phantom", PatientBirthDate="", PatientSex="", StudyDate="20200101", StudyTime="120000",
    ReferringPhysicianName="", StudyID="1", AccessionNumber="", SeriesNumber=1, PositionReferenceIndicator="",
    StudyInstanceUID=STUDY, SeriesInstanceUID=SERIES, FrameOfReferenceUID=FRAME,
    SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", Rows=8, Columns=8, BitsAllocated=16,
    BitsStored=16, HighBit=15, PixelRepresentation=0, ImageType=["ORIGINAL", "PRIMARY", "OTHER"],
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


ENHANCED = dict(Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1", ContentDate="20200101", ContentTime="120000")


def item(**values):
    data = Dataset()
    for name, value in values.items():
        setattr(data, name, value)
    return data


def enhanced(path, places, slopes, pixels, maker):
    """One Enhanced MR file: a frame at each z of `places`, with a rescale slope of its own."""
    organisation = generate_uid()
    frames = [item(
        PlanePositionSequence=[item(ImagePositionPatient=[0, 0, z])],
        PixelValueTransformationSequence=[item(RescaleSlope=slope, RescaleIntercept=0, RescaleType="US")],
        FrameContentSequence=[item(StackID="1", InStackPositionNumber=int(z) + 1, DimensionIndexValues=[int(z) + 1])],
    ) for z, slope in zip(places, slopes)]
    save(path, ENHANCED, pixels=pixels, Manufacturer=maker, NumberOfFrames=len(places), InstanceNumber=1, AcquisitionContextSequence=[],
         DimensionOrganizationSequence=[item(DimensionOrganizationUID=organisation)],
         DimensionIndexSequence=[item(DimensionIndexPointer=0x00209057, FunctionalGroupPointer=0x00209111,
                                      DimensionOrganizationUID=organisation)],
         SharedFunctionalGroupsSequence=[item(
             PixelMeasuresSequence=[item(PixelSpacing=[1, 1], SliceThickness=1)],
             PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])])],
         PerFrameFunctionalGroupsSequence=frames)

import glob, subprocess, nibabel as nib

print("dcm2niix 1.0.20260724")
print("expected".ljust(24), [200, 300, 400, 500])
seen = {}
for maker in ["Philips", "CANON_MEC", "SIEMENS", "GE MEDICAL SYSTEMS", "UIH"]:
    folder = maker.split()[0]
    enhanced(f"in-{folder}/a.dcm", [0, 1, 2, 3], [2, 3, 4, 5], np.full((4, 8, 8), 100), maker)
    os.mkdir(folder)
    subprocess.run(["venv/bin/dcm2niix", "-z", "n", "-o", folder, f"in-{folder}"], check=True, capture_output=True)
    seen[folder] = nib.load(glob.glob(f"{folder}/*.nii")[0]).get_fdata()[0, 0].round().astype(int).tolist()
    print(maker.ljust(24), seen[folder])
right, last = [200, 300, 400, 500], [500] * 4
raise SystemExit(None if list(seen.values()) == [right, right, last, last, last] else "no longer seen")
PY
