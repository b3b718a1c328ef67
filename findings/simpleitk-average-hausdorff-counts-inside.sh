#!/usr/bin/env bash
# SimpleITK: GetAverageHausdorffDistance averages over whole volumes: the same error counts less, the larger the mask.
# Expected: the field's mean surface distance (medpy's assd, the ASSD of challenges) averages over surface voxels;
# every voxel inside both masks counts as 0 mm here, and the figure falls as a tumour grows.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 medpy==0.5.2 scipy==1.15.3 numpy==2.4.6

venv/bin/python - <<'PY'
import numpy as np, SimpleITK as sitk
from medpy.metric.binary import assd


def pair(side):
    truth = np.zeros((side + 12,) * 3, bool)
    truth[4:4 + side, 4:4 + side, 4:4 + side] = True
    return truth, np.roll(truth, 3, axis=0)


print("SimpleITK", sitk.Version.VersionString())
seen = []
for side in (8, 20, 40):
    truth, answer = pair(side)
    measure = sitk.HausdorffDistanceImageFilter()
    measure.Execute(sitk.GetImageFromArray(truth.astype(np.uint8)), sitk.GetImageFromArray(answer.astype(np.uint8)))
    seen.append((measure.GetAverageHausdorffDistance(), assd(truth, answer)))
    print(f"box of {side} mm moved by 3 mm: SimpleITK {seen[-1][0]:.3f} mm, mean surface distance {seen[-1][1]:.3f} mm")
print("expected: much the same figure for each box, near the mean surface distance")
falls = seen[0][0] > 3 * seen[2][0]
raise SystemExit(None if falls and seen[2][0] < seen[2][1] / 3 else "no longer seen")
PY
