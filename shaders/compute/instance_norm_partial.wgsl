// Instance norm, first of three: mean and summed squared deviation of a part of each channel.
//
// A thread takes every so manieth voxel of one channel: neighbours read neighbours. It
// sums deviations from its own first voxel: plain sums of squares lose what a large mean hides.
//
// Launcher and oracle: model/src/kernels/instance_norm.rs.

// [channel, voxel]
@group(0) @binding(0) var<storage, read_write> input: array<f32>;
// [channel, part]: count, mean, sum of squared deviations from it
@group(0) @binding(1) var<storage, read_write> partial: array<vec4<f32>>;
// channels, voxels, parts
@group(0) @binding(2) var<storage, read_write> shape: array<u32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let voxels = shape[1];
    let parts = shape[2];
    let here = (group.y * groups.x + group.x) * 64u + lane;
    if (here >= shape[0] * parts) {
        return;
    }
    let first = here / parts * voxels;
    let pivot = input[first + here % parts];
    var count = 0.0;
    var sum = 0.0;
    var squares = 0.0;
    for (var at = here % parts; at < voxels; at += parts) {
        let deviation = input[first + at] - pivot;
        count += 1.0;
        sum += deviation;
        squares += deviation * deviation;
    }
    let mean = sum / count;
    partial[here] = vec4(count, pivot + mean, squares - sum * mean, 0.0);
}
