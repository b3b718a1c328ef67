#!/usr/bin/env bash
# nibabel, nilearn, SimpleITK: a scan in metres (xyzt_units 1) is 1 mm to ITK and 0.001 to the Python tools.
# Expected: nifti1.h: xyzt_units gives the units of pixdim and of both forms. nibabel's
# guide to coordinate systems has affines give millimetres, so it should convert as ITK does, or warn.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 nibabel==5.4.2 nilearn==0.14.1 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, nilearn, numpy as np, SimpleITK as sitk
from nilearn.image import resample_img

affine = np.diag([0.001, 0.001, 0.001, 1])  # 1 mm, in metres
image = nib.Nifti1Image(np.ones((20, 20, 20), np.float32), None)
image.set_sform(affine, 1)
image.set_qform(affine, 1)
image.header.set_xyzt_units("meter")
nib.save(image, "metres.nii")

print("nibabel", nib.__version__, "nilearn", nilearn.__version__, "SimpleITK", sitk.__version__)
itk = sitk.ReadImage("metres.nii").GetSpacing()
zooms = nib.load("metres.nii").header.get_zooms()
coarse = resample_img("metres.nii", target_affine=np.diag([2.0, 2.0, 2.0]), interpolation="nearest").shape
print("expected: spacing 1 mm; at 2 mm, about 10 voxels a side")
print("ITK spacing:   ", itk)
print("nibabel zooms: ", tuple(map(float, zooms)))
print("nilearn, resampled to 2 mm:", coarse)
holds = abs(itk[0] - 1) < 1e-4 and abs(zooms[0] - 0.001) < 1e-7 and max(coarse) <= 2
raise SystemExit(None if holds else "no longer seen")
PY
