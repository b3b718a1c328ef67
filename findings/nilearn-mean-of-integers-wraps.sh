#!/usr/bin/env bash
# nilearn: mean_img of a list of int16 scans wraps: the mean of 30000 and 30001 is -2767.5. As one 4-D image it is right.
# Expected: the documentation takes "a 4D image or an iterable of images" and gives their mean; a mean lies between the least
# and the largest value, whatever the type on disk and however the images are handed over.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile nilearn==0.14.1 nibabel==5.4.2 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, nilearn, numpy as np, warnings
from nilearn.image import concat_imgs, mean_img

warnings.simplefilter("ignore")
print("nilearn", nilearn.__version__)
seen = {}
for kind, values in [(np.uint8, (100, 200)), (np.int16, (30000, 30001)), (np.float32, (30000, 30001))]:
    images = [nib.Nifti1Image(np.full((3, 3, 3), value, kind), np.eye(4)) for value in values]
    as_list = float(mean_img(images).get_fdata()[0, 0, 0])
    as_4d = float(mean_img(concat_imgs(images)).get_fdata()[0, 0, 0])
    seen[kind.__name__] = as_list
    print(f"{kind.__name__}: mean of {values}: as a list {as_list}, as one 4-D image {as_4d}")
    assert as_4d == sum(values) / 2
print("expected: the list's mean is the 4-D image's")
holds = seen == {"uint8": 22.0, "int16": -2767.5, "float32": 30000.5}
raise SystemExit(None if holds else "no longer seen")
PY
