// A transposed convolution k2 s2 without bias: every voxel becomes a block of 2×2×2 of its own.
//
// A thread makes the blocks of {{ voxels }} voxels for four channels: 32 sums a voxel, in registers.
// Neighbouring threads lie along z, so that they read and write side by side, and all threads of a
// workgroup read the same weights.
//
// Launcher and oracle: model/src/kernels/upsample.rs.

{{ enable }}// [batch, in, x, y, z]
@group(0) @binding(0) var<storage, read_write> input: array<{{ number }}>;
// [in, out, 2, (2, 2)]
@group(0) @binding(1) var<storage, read_write> weight: array<vec4<f32>>;
// [batch, out, 2x, 2y, z, (2)]
@group(0) @binding(2) var<storage, read_write> output: array<vec2<{{ number }}>>;
// batch, in, out; x, y, z; the first thread
@group(0) @binding(3) var<storage, read_write> shape: array<u32>;

const VOXELS = {{ voxels }}u;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let channels_in = shape[1];
    let channels_out = shape[2];
    let edges = vec3(shape[3], shape[4], shape[5]);
    let voxels = edges.x * edges.y * edges.z;
    let blocks = (channels_out + 3u) / 4u;
    let tiles = (voxels + 64u * VOXELS - 1u) / (64u * VOXELS);

    let number = shape[6] / 64u + group.x;
    let sample = number / (blocks * tiles);
    let channel = number % blocks * 4u;
    let first = number / blocks % tiles * 64u * VOXELS + lane;
    if (sample >= shape[0] || first >= voxels) {
        return;
    }
    // The last block may reach beyond the channels: what it makes there is not stored.
    let last = channels_out - 1u;
{{ starts }}
    var at = sample * channels_in * voxels;
    var w = 0u;
    for (var i = 0u; i < channels_in; i++) {
{{ products }}
        at += voxels;
        w += 2u * channels_out;
    }
    let rows = 2u * edges.y;
{{ stores }}
}
