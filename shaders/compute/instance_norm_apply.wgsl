// Instance norm, last of three: normalise, add the residual if there is one, rectify.
//
// One thread an element of a channel, {{ voxels }} voxels.
//
// Launcher and oracle: model/src/kernels/instance_norm.rs.

// [channel, voxel]
@group(0) @binding(0) var<storage, read_write> input: array<{{ element }}>;
// [channel]: mean, 1 / standard deviation
@group(0) @binding(1) var<storage, read_write> statistics: array<vec2<f32>>;
// [channel, voxel]; with ONTO what is there is the residual
@group(0) @binding(2) var<storage, read_write> output: array<{{ element }}>;
// channels, elements, parts
@group(0) @binding(3) var<storage, read_write> shape: array<u32>;

const ONTO = {{ onto }};
const SLOPE = {{ slope }};

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let here = (group.y * groups.x + group.x) * 64u + lane;
    if (here >= shape[0] * shape[1]) {
        return;
    }
    let statistic = statistics[here / shape[1]];
    let value = (input[here] - statistic.x) * statistic.y + select({{ element }}(), output[here], ONTO);
    output[here] = select(SLOPE * value, value, value >= {{ element }}());
}
