#!/usr/bin/env bash
# SimpleITK: reading and writing a label map unchanged drops intent and extension, and MNI space turns "scanner".
# Expected: a form's code is data (4 = MNI 152, 1 = this scanner's own coordinates); intent 1002 is how viewers
# know labels. What a tool does not understand it should keep or lose with a word.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile SimpleITK==2.5.7 nibabel==5.4.2 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, numpy as np, SimpleITK as sitk

image = nib.Nifti1Image((np.arange(120) % 4).reshape(4, 5, 6).astype(np.uint8), None)
image.set_sform(np.eye(4), 4)
image.set_qform(np.eye(4), 4)
image.header.set_intent("label", (), "tumour")
image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"made by a script"))
nib.save(image, "in.nii.gz")
sitk.WriteImage(sitk.ReadImage("in.nii.gz"), "out.nii.gz")


def facts(path):
    header = nib.load(path).header
    return {
        "intent_code": int(header["intent_code"]), "intent_name": header["intent_name"].item().decode(),
        "extensions": len(header.extensions),
        "qform_code": int(header["qform_code"]), "sform_code": int(header["sform_code"]),
    }


print("SimpleITK", sitk.__version__)
before, after = facts("in.nii.gz"), facts("out.nii.gz")
print("expected:", before)
print("seen:    ", after)
holds = after == {"intent_code": 0, "intent_name": "", "extensions": 0, "qform_code": 1, "sform_code": 1}
raise SystemExit(None if holds else "no longer seen")
PY
