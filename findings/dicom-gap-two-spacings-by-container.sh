#!/usr/bin/env bash
# SimpleITK, dcm2niix: one lost slice gives 1.2 or 1.0 mm, by whether slices are classic or Enhanced, and crosswise.
# Expected: slices at 0 1 2 4 5 6 mm fit no spacing, so both say so for both containers; what is written does not depend
# on the container. Of an Enhanced file neither says a word; highdicom refuses to call it a volume.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 dcm2niix==1.0.20260724 nibabel==5.4.2 pydicom==3.0.2 numpy==2.4.6

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


def enhanced(path, places, slopes, pixels):
    """One Enhanced MR file: a frame at each z of `places`, with a rescale slope of its own."""
    organisation = generate_uid()
    frames = [item(
        PlanePositionSequence=[item(ImagePositionPatient=[0, 0, z])],
        PixelValueTransformationSequence=[item(RescaleSlope=slope, RescaleIntercept=0, RescaleType="US")],
        FrameContentSequence=[item(StackID="1", InStackPositionNumber=int(z) + 1, DimensionIndexValues=[int(z) + 1])],
    ) for z, slope in zip(places, slopes)]
    save(path, ENHANCED, pixels=pixels, NumberOfFrames=len(places), InstanceNumber=1, AcquisitionContextSequence=[],
         DimensionOrganizationSequence=[item(DimensionOrganizationUID=organisation)],
         DimensionIndexSequence=[item(DimensionIndexPointer=0x00209057, FunctionalGroupPointer=0x00209111,
                                      DimensionOrganizationUID=organisation)],
         SharedFunctionalGroupsSequence=[item(
             PixelMeasuresSequence=[item(PixelSpacing=[1, 1], SliceThickness=1)],
             PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])])],
         PerFrameFunctionalGroupsSequence=frames)

MR = dict(Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4", ScanningSequence="SE", SequenceVariant="NONE",
          ScanOptions="", MRAcquisitionType="2D", EchoTime=10, RepetitionTime=500, EchoTrainLength=1,
          ImageOrientationPatient=[1, 0, 0, 0, 1, 0], PixelSpacing=[1, 1], SliceThickness=1)

import glob, subprocess, nibabel as nib, SimpleITK as sitk

places = [0, 1, 2, 4, 5, 6]
pixels = np.stack([np.full((8, 8), 100 + z) for z in places])
enhanced("enhanced/a.dcm", places, [1] * 6, pixels)
for i, z in enumerate(places):
    save(f"classic/{i}.dcm", MR, pixels=pixels[i], InstanceNumber=i + 1, ImagePositionPatient=[0, 0, z])

print("SimpleITK", sitk.Version.VersionString(), "dcm2niix 1.0.20260724; slices at", places, "mm")
seen = {}
for kind in ("classic", "enhanced"):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(kind))
    image = reader.Execute() if kind == "classic" else sitk.ReadImage("enhanced/a.dcm")
    os.mkdir("out-" + kind)
    run = subprocess.run(["venv/bin/dcm2niix", "-z", "n", "-o", "out-" + kind, kind], capture_output=True, text=True)
    nifti = nib.load(glob.glob(f"out-{kind}/*.nii")[0])
    seen[kind] = round(image.GetSpacing()[2], 3), round(float(nifti.header.get_zooms()[2]), 3), run.returncode
    print(f"{kind}: SimpleITK {seen[kind][0]} mm; dcm2niix {seen[kind][1]} mm, exit code {run.returncode},",
          "warns" if "distance varies" in run.stdout else "says nothing")
holds = seen == {"classic": (1.2, 1.0, 1), "enhanced": (1.0, 1.2, 0)}
raise SystemExit(None if holds else "no longer seen")
PY
