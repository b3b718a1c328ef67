#!/usr/bin/env bash
# SimpleITK, nibabel: which of two NIfTI forms places a scan hangs on sform_code in one, not in the other.
# Expected: nifti1.h says each form stands where its code is above 0 and gives no code precedence; nibabel
# documents "sform if its code is above 0", so ITK and it should agree whatever the (valid) code.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 nibabel==5.4.2 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, numpy as np, SimpleITK as sitk

turn = np.deg2rad(10)
qform = np.eye(4)
qform[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
qform[:3, 3] = -10, -20, -30
sform = np.eye(4)
sform[:3, 3] = 5, 6, 7


def itk_ras(path):
    image = sitk.ReadImage(path)
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return np.diag([-1, -1, 1, 1]) @ affine  # LPS to RAS


def which(affine):
    return "qform" if np.allclose(affine, qform, atol=1e-3) else "sform" if np.allclose(affine, sform, atol=1e-3) else "?"


print("SimpleITK", sitk.__version__, "nibabel", nib.__version__)
seen = {}
for codes in [(1, 1), (1, 2), (1, 4)]:
    image = nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), None)
    image.set_qform(qform, codes[0])
    image.set_sform(sform, codes[1])
    nib.save(image, "two.nii")
    seen[codes] = (which(nib.load("two.nii").affine), which(itk_ras("two.nii")))
    print("qform_code, sform_code =", codes, "-> nibabel", seen[codes][0], ", ITK", seen[codes][1])
print("expected: the same form in every row and tool")
holds = seen == {(1, 1): ("sform", "sform"), (1, 2): ("sform", "qform"), (1, 4): ("sform", "qform")}
raise SystemExit(None if holds else "no longer seen")
PY
