#!/usr/bin/env bash
# safetensors: numpy arrays that are not in C order are written in memory's order under their logical shape.
# Expected: load(save(x)) equals x for every array. safetensors.torch refuses tensors that are not contiguous;
# the numpy side neither refuses nor copies, so a transposed weight or a scan in Fortran order is scrambled.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile safetensors==0.8.0 numpy==2.4.6

venv/bin/python - <<'PY'
import numpy as np, safetensors
from safetensors.numpy import load, save

weight = np.arange(6, dtype=np.float32).reshape(2, 3).T  # as from w.T, or nibabel's Fortran-ordered arrays
back = load(save({"w": weight}))["w"]
fixed = load(save({"w": np.ascontiguousarray(weight)}))["w"]
print("safetensors", safetensors.__version__)
print("expected:", weight.tolist())
print("seen:    ", back.tolist())
print("after np.ascontiguousarray:", fixed.tolist())
holds = back.shape == weight.shape and not np.array_equal(back, weight) and np.array_equal(fixed, weight)
raise SystemExit(None if holds else "no longer seen")
PY
