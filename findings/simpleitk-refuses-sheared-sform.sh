#!/usr/bin/env bash
# SimpleITK: an sform sheared by 0.0002 mm a voxel makes a scan unreadable; by 0.0001 it reads.
# Expected: nifti1.h, method 3: the sform is a general affine, and shear is allowed. Registration with
# 12 parameters makes such files; 0.0002 mm a voxel is 0.05 mm over a whole head.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 nibabel==5.4.2 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, numpy as np, SimpleITK as sitk

turn = np.deg2rad(10)
plain = np.eye(4)
plain[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
print("SimpleITK", sitk.__version__)
said = {}
for shear in (1e-4, 2e-4):
    sform = plain.copy()
    sform[0, 1] += shear
    image = nib.Nifti1Image(np.zeros((8, 8, 8), np.int16), None)
    image.set_sform(sform, 2)
    nib.save(image, "sheared.nii")
    assert np.allclose(nib.load("sheared.nii").affine, sform, atol=1e-6)
    try:
        said[shear] = f"read, {sitk.ReadImage('sheared.nii').GetSize()}"
    except RuntimeError as error:
        said[shear] = str(error).strip().splitlines()[-1]
    print(f"shear {shear} mm a voxel ({shear * 240:.3f} mm over a head):", said[shear])
print("expected: both are read, or the shear is dropped with a warning")
holds = said[1e-4].startswith("read") and "orthonormal" in said[2e-4]
raise SystemExit(None if holds else "no longer seen")
PY
