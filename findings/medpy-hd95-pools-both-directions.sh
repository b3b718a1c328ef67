#!/usr/bin/env bash
# medpy, surface-distance: HD95 of the same two masks differs several times, since medpy pools both directions first.
# Expected: HD is the larger of two directed distances, so HD95 is the larger of two directed 95th percentiles
# (MONAI, DeepMind's surface-distance); the name alone does not say that medpy means another number.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile medpy==0.5.2 surface-distance==0.1 scipy==1.15.3 numpy==1.26.4

venv/bin/python - <<'PY'
import importlib.metadata
import numpy as np, surface_distance
from medpy.metric.binary import hd, hd95

truth = np.zeros((70, 40, 40), bool)
truth[10:30, 10:30, 10:30] = True
answer = truth.copy()
answer[50:56, 17:23, 17:23] = True  # a false second lesion, about 6 % of the answer's own surface
one_mm = (1, 1, 1)
distances = surface_distance.compute_surface_distances(truth, answer, one_mm)
print("medpy", importlib.metadata.version("medpy"), "surface-distance", importlib.metadata.version("surface-distance"))
print("HD both agree on:", hd(truth, answer, one_mm), surface_distance.compute_robust_hausdorff(distances, 100))
pooled = float(hd95(truth, answer, one_mm))
larger = float(surface_distance.compute_robust_hausdorff(distances, 95))
print("expected: one HD95")
print("seen: medpy", pooled, "mm, surface-distance", larger, "mm")
raise SystemExit(None if larger > pooled + 5 else "no longer seen")
PY
