// Instance norm, first of three: mean and summed squared deviation of a part of each channel.
//
// A thread takes every so manieth element of one channel, {{ voxels }} voxels: neighbours read neighbours. It
// sums deviations from its own first voxel: plain sums of squares lose what a large mean hides.
//
// Launcher and oracle: model/src/kernels/instance_norm.rs.

{{ enable }}// [channel, voxel]
@group(0) @binding(0) var<storage, read_write> input: array<{{ stored }}>;
// [channel, part]: count, mean, sum of squared deviations from it
@group(0) @binding(1) var<storage, read_write> partial: array<vec4<f32>>;
// channels, elements, parts
@group(0) @binding(2) var<storage, read_write> shape: array<u32>;

const VOXELS = {{ voxels }}.0;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let elements = shape[1];
    let parts = shape[2];
    let here = (group.y * groups.x + group.x) * 64u + lane;
    if (here >= shape[0] * parts) {
        return;
    }
    let first = here / parts * elements;
    let pivot = {{ element }}(f32(input[first + here % parts]{{ first }}));
    var count = 0.0;
    var sum = {{ element }}();
    var squares = {{ element }}();
    for (var at = here % parts; at < elements; at += parts) {
        let deviation = {{ element }}(input[first + at]) - pivot;
        count += VOXELS;
        sum += deviation;
        squares += deviation * deviation;
    }
    let all = {{ total_sum }};
    let mean = all / count;
    let deviations = {{ total_squares }} - all * mean;
    partial[here] = vec4(count, pivot{{ first }} + mean, deviations, 0.0);
}
