// Instance norm, last of three: normalise, add the residual if there is one, rectify.
//
// One thread an element of a channel, {{ voxels }} voxels.
//
// Launcher and oracle: model/src/kernels/instance_norm.rs.

{{ enable }}{{ input }}
// [channel]: mean, 1 / standard deviation
@group(0) @binding({{ statistics }}) var<storage, read_write> statistics: array<vec2<f32>>;
// [channel, voxel]; with ONTO what is there is the residual, without an input it is that
@group(0) @binding({{ output }}) var<storage, read_write> output: array<{{ stored }}>;
// channels, elements
@group(0) @binding({{ shape }}) var<storage, read_write> shape: array<u32>;

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
    let residual = select({{ element }}(), {{ element }}(output[here]), ONTO);
    let value = ({{ element }}({{ from }}[here]) - statistic.x) * statistic.y + residual;
    output[here] = {{ stored }}(select(SLOPE * value, value, value >= {{ element }}()));
}
