// Adds one window's prediction, weighted, to the running sum, and its weights to the running sum
// of weights. One thread a voxel of the window; z is fastest everywhere, so that neighbouring
// threads touch neighbouring numbers. No two threads touch the same number: no atomics.
//
// Launcher and oracle: model/src/kernels/accumulate_window.rs.

// [channels, X, Y, Z], changed in place
@group(0) @binding(0) var<storage, read_write> sum: array<f32>;
// [X, Y, Z], changed in place
@group(0) @binding(1) var<storage, read_write> weight_sum: array<f32>;
// [channels, x, y, z]
@group(0) @binding(2) var<storage, read_write> prediction: array<f32>;
// [x, y, z]
@group(0) @binding(3) var<storage, read_write> importance: array<f32>;
// channels; X, Y, Z; x, y, z; the window's first voxel in the volume
@group(0) @binding(4) var<storage, read_write> shape: array<u32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let channels = shape[0];
    let volume = vec3(shape[1], shape[2], shape[3]);
    let window = vec3(shape[4], shape[5], shape[6]);
    let start = vec3(shape[7], shape[8], shape[9]);
    let volume_voxels = volume.x * volume.y * volume.z;
    let window_voxels = window.x * window.y * window.z;

    // An axis of a dispatch ends at 65,535 workgroups; the second axis carries on.
    let here = (group.y * groups.x + group.x) * 64u + lane;
    if (here >= window_voxels) {
        return;
    }
    let z = here % window.z;
    let y = (here / window.z) % window.y;
    let x = here / (window.z * window.y);
    let there = ((start.x + x) * volume.y + start.y + y) * volume.z + start.z + z;

    let weight = importance[here];
    weight_sum[there] += weight;
    for (var c = 0u; c < channels; c++) {
        sum[c * volume_voxels + there] += weight * prediction[c * window_voxels + here];
    }
}
