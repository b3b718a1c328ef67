#!/usr/bin/env bash
# surface-distance, NumPy 2: measuring against an empty mask raises AttributeError, on the path meant to answer infinity.
# Expected: the package sets no upper bound on NumPy and its code answers an empty mask (a missed tumour) with
# infinite distances; pip puts the two together without a word, and all other masks work.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile surface-distance==0.1 scipy==1.15.3 numpy==2.2.6

venv/bin/python - <<'PY'
import importlib.metadata
import numpy as np, surface_distance

truth = np.zeros((12, 12, 12), bool)
truth[3:8, 3:8, 3:8] = True
print("surface-distance", importlib.metadata.version("surface-distance"), "numpy", np.__version__)
shifted = surface_distance.compute_surface_distances(truth, np.roll(truth, 1, axis=0), (1, 1, 1))
print("moved by 1 mm: HD", surface_distance.compute_robust_hausdorff(shifted, 100))
print("expected for an empty answer: inf")
try:
    surface_distance.compute_surface_distances(truth, np.zeros_like(truth), (1, 1, 1))
    raise SystemExit("no longer seen")
except AttributeError as error:
    print("seen:", error)
PY
