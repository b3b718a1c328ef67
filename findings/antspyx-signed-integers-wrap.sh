#!/usr/bin/env bash
# antspyx: from_numpy of signed integers makes an unsigned image: -3 is 4294967293, and air in a CT is brighter than bone.
# Expected: the values of the array. int16 is what CT, and MRI after an affine rescaling, is kept in; a type that the
# library lacks is to be refused or widened to float, as it does with float64.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile antspyx==0.6.3 numpy==2.3.5

venv/bin/python - <<'PY'
import ants, numpy as np

print("antspyx", ants.__version__)
kept = {}
for kind in (np.int8, np.int16, np.int32, np.float64):
    array = np.full((4, 4, 4), -3, kind)
    image = ants.from_numpy(array)
    kept[kind.__name__] = float(image.numpy()[0, 0, 0])
    print(f"{kind.__name__}: -3 became {kept[kind.__name__]:.0f} ({image.pixeltype})")
print("expected: -3 each time, or an error")
wrapped = 2.0**32 - 3
holds = kept == {"int8": wrapped, "int16": wrapped, "int32": wrapped, "float64": -3}
raise SystemExit(None if holds else "no longer seen")
PY
