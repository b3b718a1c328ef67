// Layer norm of tokens, without scale and offset, and their turn into channels of a volume.
//
// A thread takes one token. Its neighbours hold the next ones, so that they write side by side.
//
// Launcher and oracle: model/src/kernels/token_norm.rs.

{{ enable }}// [batch, token, channel]
@group(0) @binding(0) var<storage, read_write> input: array<vec4<{{ number }}>>;
// [batch, channel, token]
@group(0) @binding(1) var<storage, read_write> output: array<{{ number }}>;
// batch, tokens, channels / 4
@group(0) @binding(2) var<storage, read_write> shape: array<u32>;

{{ statistics }}
@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let tokens = shape[1];
    let width = shape[2];
    // An axis of a dispatch ends at 65,535 workgroups; the second axis carries on.
    let here = (group.y * groups.x + group.x) * 64u + lane;
    if (here >= shape[0] * tokens) {
        return;
    }
    let first = here * width;
    let statistic = statistics(first, width);
    var to = here / tokens * 4u * width * tokens + here % tokens;
    for (var k = 0u; k < width; k++) {
        let normal = (vec4<f32>(input[first + k]) - statistic.x) * statistic.y;
        output[to] = {{ number }}(normal.x);
        output[to + tokens] = {{ number }}(normal.y);
        output[to + 2u * tokens] = {{ number }}(normal.z);
        output[to + 3u * tokens] = {{ number }}(normal.w);
        to += 4u * tokens;
    }
}
