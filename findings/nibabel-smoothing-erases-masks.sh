#!/usr/bin/env bash
# nibabel: processing.smooth_image of a mask is empty, and of an int16 scan darker by half a unit: it truncates.
# Expected: a Gaussian keeps the sum of what it smooths (all of it lies inside the picture here). The documentation names
# no type for the output; scipy computes fractions, which come back cut off, not rounded, and without a warning.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile nibabel==5.4.2 scipy==1.17.1 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, numpy as np
from nibabel.processing import smooth_image

box = np.zeros((24, 24, 24), np.uint8)
box[8:16, 8:16, 8:16] = 1
print("nibabel", nib.__version__)
sums = {}
for kind, level in [(np.uint8, 1), (np.int16, 100), (np.float32, 1)]:
    scan = nib.Nifti1Image(box.astype(kind) * kind(level), np.eye(4))
    smooth = smooth_image(scan, 4).get_fdata()
    sums[kind.__name__] = smooth.sum() / scan.get_fdata().sum()
    print(f"{kind.__name__}, {level} in a box: largest value {smooth.max():.3f}, {sums[kind.__name__]:.1%} of the sum kept")
print("expected: 100 % of the sum each time, to rounding")
holds = sums["uint8"] == 0 and sums["int16"] < 0.96 and abs(sums["float32"] - 1) < 0.01
raise SystemExit(None if holds else "no longer seen")
PY
