#!/usr/bin/env bash
# niivue: a NIfTI image of int32, uint32 or int64 loses its last voxel: it is read as 0; int16 and float32 keep it.
# Expected: all of these are datatypes of nifti1.h (8, 768, 1024), and label maps come as int32 from many tools;
# every voxel is kept.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund @niivue/niivue@0.69.0

cat > look.mjs <<'JS'
globalThis.window ??= globalThis; // niivue expects a page; its reader needs none
const { NVImage } = await import("@niivue/niivue");

/** A NIfTI-1 image of 2 x 2 x 2 voxels, 11 to 18, with both forms unset but the sform. */
function nifti(code, bits, Numbers) {
  const file = new ArrayBuffer(352 + (bits / 8) * 8);
  const view = new DataView(file);
  view.setInt32(0, 348, true);
  [3, 2, 2, 2, 1, 1, 1, 1].forEach((n, i) => view.setInt16(40 + 2 * i, n, true));
  view.setInt16(70, code, true);
  view.setInt16(72, bits, true);
  for (let i = 0; i < 8; i++) view.setFloat32(76 + 4 * i, 1, true); // pixdim
  view.setFloat32(108, 352, true); // vox_offset
  view.setFloat32(112, 1, true); // scl_slope
  view.setInt16(254, 1, true); // sform_code
  [280, 300, 320].forEach((at) => view.setFloat32(at, 1, true));
  [0x6e, 0x2b, 0x31, 0].forEach((byte, i) => view.setUint8(344 + i, byte));
  const one = bits === 64 ? BigInt : Number;
  new Numbers(file, 352).set([11, 12, 13, 14, 15, 16, 17, 18].map(one));
  return file;
}

console.log("niivue 0.69.0");
console.log("expected  11,12,13,14,15,16,17,18 of every type");
const last = {};
for (const [name, code, bits, Numbers] of [
  ["int16", 4, 16, Int16Array], ["float32", 16, 32, Float32Array], ["int32", 8, 32, Int32Array],
  ["uint32", 768, 32, Uint32Array], ["int64", 1024, 64, BigInt64Array],
]) {
  const { img } = await NVImage.new(nifti(code, bits, Numbers), "a.nii");
  console.log(name.padEnd(9), Array.from(img).join());
  last[name] = img[7];
}
if (JSON.stringify(last) !== '{"int16":18,"float32":18,"int32":0,"uint32":0,"int64":0}') {
  console.error("no longer seen");
  process.exit(1);
}
JS
node look.mjs
