#!/usr/bin/env bash
# seg-metrics: a tumour that was missed altogether gets a Hausdorff distance of 0 mm, the best there is.
# Expected: the distance to an empty mask is undefined: NaN, infinity, or the image's diagonal (BraTS
# takes 373 mm), never a perfect score. medpy and MONAI raise or return NaN.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile seg-metrics==1.2.8 SimpleITK==2.5.7 numpy==2.4.6

venv/bin/python - <<'PY'
import importlib.metadata, logging
import numpy as np
import seg_metrics.seg_metrics as sg

logging.disable(logging.WARNING)
truth = np.zeros((30, 30, 30), np.uint8)
truth[10:20, 10:20, 10:20] = 1
missed = np.zeros_like(truth)
shifted = np.roll(truth, 2, axis=0)


def measured(answer):
    result = sg.write_metrics(labels=[1], gdth_img=truth, pred_img=answer, spacing=(1, 1, 1),
                              metrics=["dice", "hd", "hd95", "msd"])
    return {key: float(value[0]) for key, value in result[0].items() if key in ("dice", "hd", "hd95", "msd")}


print("seg-metrics", importlib.metadata.version("seg-metrics"))
moved, nothing = measured(shifted), measured(missed)
print("moved by 2 voxels: ", moved)
print("nothing found:     ", nothing)
print("expected: distances worse than the moved mask's, or no number")
holds = nothing["dice"] == 0 and nothing["hd95"] == 0 and nothing["hd"] == 0 and moved["hd95"] > 0
raise SystemExit(None if holds else "no longer seen")
PY
