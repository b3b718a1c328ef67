#!/usr/bin/env bash
# SimpleITK: frames of an Enhanced MR file are stacked as stored, so an interleaved acquisition comes out shuffled.
# Expected: a frame's place is its Plane Position (PS3.3 C.7.6.16.2.3); frames may be stored in any order. ITK sorts classic
# slices by place, and dcm2niix sorts these frames; SimpleITK shuffles them and still says they are 1 mm apart.
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
import glob, subprocess, nibabel as nib, SimpleITK as sitk

places = [0, 2, 4, 1, 3, 5]
pixels = np.stack([np.full((8, 8), 100 + z) for z in places])
enhanced("in/a.dcm", places, [1] * 6, pixels)
image = sitk.ReadImage("in/a.dcm")
itk = sitk.GetArrayFromImage(image)[:, 0, 0].tolist()
os.mkdir("out")
subprocess.run(["venv/bin/dcm2niix", "-z", "n", "-o", "out", "in"], check=True, capture_output=True)
nifti = nib.load(glob.glob("out/*.nii")[0]).get_fdata()[0, 0].astype(int).tolist()
print("SimpleITK", sitk.Version.VersionString(), "dcm2niix 1.0.20260724")
print("frames stored at z =", places, "mm; each frame's value is 100 + its z")
print("expected: [100, 101, 102, 103, 104, 105]")
print("dcm2niix: ", nifti)
print("SimpleITK:", itk, "spacing", image.GetSpacing()[2], "origin", image.GetOrigin()[2])
holds = nifti == sorted(nifti) and itk == [100 + z for z in places] and image.GetSpacing()[2] == 1
raise SystemExit(None if holds else "no longer seen")
PY
