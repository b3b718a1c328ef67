#!/usr/bin/env bash
# nibabel, SimpleITK: a NIfTI file with neither form (both codes 0) is read as a brain and as its mirror image.
# Expected: nifti1.h, method 1: x = pixdim[1] * i, y = pixdim[2] * j, z = pixdim[3] * k, with no orientation
# attached. Each reader has to guess; it should say so, and two guesses should at least have one handedness.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 nibabel==5.4.2 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, numpy as np, SimpleITK as sitk

image = nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), None)
image.header.set_zooms((1, 1, 2))
nib.save(image, "bare.nii")
header = nib.load("bare.nii").header
assert header["qform_code"] == 0 and header["sform_code"] == 0

by_nibabel = nib.load("bare.nii").affine
read = sitk.ReadImage("bare.nii")
by_itk = np.diag([-1, -1, 1]) @ (np.reshape(read.GetDirection(), (3, 3)) * read.GetSpacing())
print("nibabel", nib.__version__, "SimpleITK", sitk.__version__)
print("standard, method 1: a scaling by 1 1 2, no orientation known")
print("nibabel:            axes", *nib.aff2axcodes(by_nibabel), ", first voxel at", by_nibabel[:3, 3])
lps = np.eye(4)
lps[:3, :3] = by_itk
print("ITK:                axes", *nib.aff2axcodes(lps), ", first voxel at", np.array(read.GetOrigin()))
dets = np.linalg.det(by_nibabel[:3, :3]), np.linalg.det(by_itk)
print("determinants:", dets, "- opposite signs: the one is the other's mirror image")
holds = dets[0] < 0 < dets[1] and nib.aff2axcodes(lps) == ("L", "P", "S")
raise SystemExit(None if holds else "no longer seen")
PY
