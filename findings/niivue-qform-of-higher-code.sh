#!/usr/bin/env bash
# niivue, nifti-reader-js: with qform code 2 and sform code 1 they go by the qform, where nibabel goes by the sform.
# Expected: nifti1.h calls the sform the one that stands where its code is above 0 (method 3) and ranks no codes; nibabel
# and ITK take the sform of this file. A page and a script show its voxels in different places.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund @niivue/niivue@0.69.0 nifti-reader-js@0.8.0
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile nibabel==5.4.2 numpy==2.4.6

venv/bin/python - <<'PY'
import nibabel as nib, numpy as np

for codes in [(1, 1), (1, 2), (2, 1)]:
    image = nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), None)
    for setter, x, code in [(image.set_qform, -10, codes[0]), (image.set_sform, 5, codes[1])]:
        affine = np.eye(4)
        affine[0, 3] = x
        setter(affine, code)
    nib.save(image, "q{}s{}.nii".format(*codes))
    print("nibabel:", codes, "x of the first voxel", nib.load("q{}s{}.nii".format(*codes)).affine[0, 3])
PY

cat > look.mjs <<'JS'
import fs from "node:fs";
import * as nifti from "nifti-reader-js";
globalThis.window ??= globalThis; // niivue expects a page; its reader needs none
const { NVImage } = await import("@niivue/niivue");

const seen = [];
for (const name of ["q1s1", "q1s2", "q2s1"]) {
  const file = new Uint8Array(fs.readFileSync(name + ".nii")).buffer;
  const plain = nifti.readHeader(file).affine[0][3];
  const viewer = (await NVImage.new(file, name + ".nii")).hdr.affine[0][3];
  console.log(`${name}: nifti-reader-js ${plain}, niivue ${viewer}`);
  seen.push(plain, viewer);
}
console.log("expected: 5 (the sform) everywhere");
if (seen.join() !== "5,5,5,5,-10,-10") {
  console.error("no longer seen");
  process.exit(1);
}
JS
node look.mjs
