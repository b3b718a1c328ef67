#!/usr/bin/env bash
# SimpleITK: centimetres are converted when a NIfTI file says so, and taken for millimetres when an NRRD file does.
# Expected: the NRRD specification's "space units" gives the unit of directions and origin; ITK works in millimetres and heeds
# units in NIfTI (xyzt_units). A head of 24 cm becomes 24 mm high without a warning.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 pynrrd==1.1.3 nibabel==5.4.2 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, nrrd, numpy as np, SimpleITK as sitk

voxels = np.zeros((4, 5, 6), np.int16)
nrrd.write("unit.nrrd", voxels, {
    "space": "left-posterior-superior", "space directions": np.eye(3) * 0.1, "space origin": [1, 2, 3],
    "space units": ["cm", "cm", "cm"],
})
scan = nib.Nifti1Image(voxels, None)
metres = np.diag([-0.001, -0.001, 0.001, 1])
metres[:3, 3] = -0.01, -0.02, 0.03
scan.set_sform(metres, 1)
scan.set_qform(metres, 1)
scan.header.set_xyzt_units("meter")
nib.save(scan, "unit.nii")

print("SimpleITK", sitk.Version.VersionString())
print("written: voxels of 1 mm from 10 20 30 mm, as 0.1 cm in NRRD and 0.001 m in NIfTI")
places = {}
for path in ("unit.nrrd", "unit.nii"):
    image = sitk.ReadImage(path)
    places[path] = np.round(image.GetSpacing() + image.GetOrigin(), 4).tolist()
    print(f"{path}: spacing {places[path][:3]}, origin {places[path][3:]}")
print("expected: spacing 1 1 1, origin 10 20 30 from both")
holds = places == {"unit.nrrd": [0.1, 0.1, 0.1, 1, 2, 3], "unit.nii": [1, 1, 1, 10, 20, 30]}
raise SystemExit(None if holds else "no longer seen")
PY
