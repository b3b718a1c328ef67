#!/usr/bin/env bash
# SimpleITK: vectors on a grid of one slice (NIfTI dim 4 5 1 1 3) come back as a 2-D image, their place in z gone.
# Expected: a scalar image of one slice stays 3-D and keeps its place; so should the displacement field on its grid.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 nibabel==5.4.2 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, numpy as np, SimpleITK as sitk

affine = np.eye(4)
affine[:3, 3] = 5, 6, 70


def saved(shape, intent, path):
    image = nib.Nifti1Image(np.zeros(shape, np.float32), affine)
    image.header.set_intent(intent)
    nib.save(image, path)
    return sitk.ReadImage(path)


print("SimpleITK", sitk.__version__)
seen = {}
for name, shape, intent in [
    ("scalars, one slice", (4, 5, 1), "none"),
    ("vectors, two slices", (4, 5, 2, 1, 3), "vector"),
    ("vectors, one slice", (4, 5, 1, 1, 3), "vector"),
]:
    read = saved(shape, intent, "x.nii")
    seen[name] = read.GetDimension()
    print(f"{name}: {read.GetDimension()}-D, size {read.GetSize()}, origin {read.GetOrigin()},",
          f"{read.GetNumberOfComponentsPerPixel()} components")
print("expected: 3-D, with 70 mm as the origin's z, in all three")
raise SystemExit(None if list(seen.values()) == [3, 3, 2] else "no longer seen")
PY
