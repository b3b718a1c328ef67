#!/usr/bin/env bash
# nitransforms: an ITK text transform is read if affine; the rigid ones that SimpleITK makes raise ValueError.
# Expected: fmt="itk" reads the linear transforms of ITK's text format (.tfm). A rigid one (Euler3DTransform,
# VersorRigid3DTransform) is the first result of most registrations, and equals an affine that it reads.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile nitransforms==25.1.0 SimpleITK==2.5.7 numpy==2.4.6

venv/bin/python - <<'PY'
import importlib.metadata
import numpy as np, SimpleITK as sitk
from nitransforms.linear import load

turn = sitk.Euler3DTransform()
turn.SetCenter((10, 20, 30))
turn.SetRotation(0, 0, np.pi / 2)
turn.SetTranslation((1, 2, 3))
versor = sitk.VersorRigid3DTransform()
versor.SetMatrix(turn.GetMatrix())
versor.SetCenter(turn.GetCenter())
versor.SetTranslation(turn.GetTranslation())
affine = sitk.AffineTransform(3)
affine.SetMatrix(turn.GetMatrix())
affine.SetCenter(turn.GetCenter())
affine.SetTranslation(turn.GetTranslation())

flip = np.diag([-1.0, -1.0, 1.0])  # LPS, as ITK has it, to RAS and back
point = np.array([5.0, 6.0, 7.0])
print("nitransforms", importlib.metadata.version("nitransforms"), "SimpleITK", sitk.Version.VersionString())
seen = {}
for transform in (affine, turn, versor):
    sitk.WriteTransform(transform, "t.tfm")
    try:
        seen[transform.GetName()] = (flip @ load("t.tfm", fmt="itk").map((flip @ point)[None])[0]).round(4).tolist()
    except ValueError as error:
        seen[transform.GetName()] = f"ValueError: {error}"
    print(transform.GetName(), "ITK:", np.round(transform.TransformPoint(point.tolist()), 4).tolist(),
          "nitransforms:", seen[transform.GetName()])
print("expected: the same point three times")
refused = sum("reshape" in str(value) for value in seen.values())
raise SystemExit(None if refused == 2 and seen["AffineTransform"] == [25, 17, 10] else "no longer seen")
PY
