#!/usr/bin/env bash
# nibabel: labels loaded by get_fdata and saved with their own header come back as 1.0039 and 1.992; cast, 2 is 1.
# Expected: the idiom Nifti1Image(image.get_fdata(), image.affine, image.header) with nothing changed between
# returns the numbers it was given: 0, 1, 2 and 4 fit the header's uint8 exactly.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile nibabel==5.4.2 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, numpy as np

labels = np.array([0, 1, 2, 4], np.uint8).repeat(2).reshape(2, 2, 2)
nib.save(nib.Nifti1Image(labels, np.eye(4)), "in.nii")
first = nib.load("in.nii")
nib.save(nib.Nifti1Image(first.get_fdata(), first.affine, first.header), "out.nii")
again = nib.load("out.nii")

values = np.unique(again.get_fdata())
cast = np.unique(again.get_fdata().astype(np.uint8))
slope = again.dataobj.slope
print("nibabel", nib.__version__)
print("on disk:", again.get_data_dtype(), "with scl_slope", slope)
print("expected values: [0. 1. 2. 4.]")
print("seen values:    ", values)
print("cast to uint8:  ", cast, "(label 2 has become 1)")
holds = slope != 1 and not np.array_equal(values, [0, 1, 2, 4]) and list(cast) == [0, 1, 4]
raise SystemExit(None if holds else "no longer seen")
PY
