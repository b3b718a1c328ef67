#!/usr/bin/env bash
# nifti-reader-js: a .nii.gz of several gzip members (as bgzip makes) is cut after the first, without an error.
# Expected: RFC 1952, 2.2: a gzip file is a series of members, and its content is all of theirs one after the other; zlib,
# Python, nibabel, and the browser's own DecompressionStream read them.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund nifti-reader-js@0.8.0

cat > look.mjs <<'JS'
import zlib from "node:zlib";
import * as nifti from "nifti-reader-js";

// A NIfTI-1 header of 352 bytes and 4096 voxels of one byte.
const file = Buffer.alloc(352 + 4096, 7);
file.fill(0, 0, 352);
file.writeInt32LE(348, 0);
[3, 16, 16, 16, 1, 1, 1, 1].forEach((n, i) => file.writeInt16LE(n, 40 + 2 * i));
file.writeInt16LE(2, 70);
file.writeInt16LE(8, 72);
file.writeFloatLE(352, 108);
file.write("n+1\0", 344, "latin1");

const members = [];
for (let at = 0; at < file.length; at += 1024) members.push(zlib.gzipSync(file.subarray(at, at + 1024)));
const whole = Buffer.concat(members);
const bytes = new Uint8Array(whole).buffer;
console.log("nifti-reader-js 0.8.0");
console.log("expected:", file.length, "bytes; node's zlib gives", zlib.gunzipSync(whole).length);
const seen = (await nifti.decompress(bytes)).byteLength;
console.log("seen:    ", seen, "bytes, no error");
if (seen >= file.length || zlib.gunzipSync(whole).length !== file.length) {
  console.error("no longer seen");
  process.exit(1);
}
JS
node look.mjs
