#!/usr/bin/env bash
# SimpleITK: two empty masks that agree have a Dice of infinity and a Jaccard of 1.8e308: a mean over cases is lost.
# Expected: 2|A∩B| / (|A|+|B|) of nothing is 0/0: NaN, or 1 by agreement, as most tools of the field give it; a
# Dice lies between 0 and 1.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 numpy==2.4.6

venv/bin/python - <<'PY'
import numpy as np, SimpleITK as sitk

empty = np.zeros((8, 8, 8), np.uint8)
measure = sitk.LabelOverlapMeasuresImageFilter()
measure.Execute(sitk.GetImageFromArray(empty), sitk.GetImageFromArray(empty))
dice, jaccard = measure.GetDiceCoefficient(), measure.GetJaccardCoefficient()
print("SimpleITK", sitk.Version.VersionString())
print("expected: NaN or 1")
print("SimpleITK Dice:   ", dice)
print("SimpleITK Jaccard:", jaccard)
raise SystemExit(None if dice > 1 and jaccard > 1e300 else "no longer seen")
PY
