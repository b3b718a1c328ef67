// Instance norm, second of three: each channel's mean and the inverse of its standard deviation.
//
// One workgroup a channel. Parts are joined by the rule of Chan, Golub and LeVeque (1979), which
// keeps the digits that a difference of large sums loses.
//
// Launcher and oracle: model/src/kernels/instance_norm.rs.

// [channel, part]: count, mean, sum of squared deviations from it
@group(0) @binding(0) var<storage, read_write> partial: array<vec4<f32>>;
// [channel]: mean, 1 / standard deviation
@group(0) @binding(1) var<storage, read_write> statistics: array<vec2<f32>>;
// channels, parts
@group(0) @binding(2) var<storage, read_write> shape: array<u32>;

const EPSILON = 1e-5;

var<workgroup> joined: array<vec3<f32>, 64>;

fn join(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
    let count = a.x + b.x;
    if (count == 0.0) {
        return vec3<f32>();
    }
    let apart = b.y - a.y;
    let share = b.x / count;
    return vec3(count, a.y + apart * share, a.z + b.z + apart * apart * a.x * share);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let channel = group.y * groups.x + group.x;
    let parts = shape[1];
    var mine = vec3<f32>();
    if (channel < shape[0]) {
        for (var part = lane; part < parts; part += 64u) {
            mine = join(mine, partial[channel * parts + part].xyz);
        }
    }
    joined[lane] = mine;
    for (var reach = 32u; reach > 0u; reach /= 2u) {
        workgroupBarrier();
        if (lane < reach) {
            joined[lane] = join(joined[lane], joined[lane + reach]);
        }
    }
    if (lane == 0u && channel < shape[0]) {
        let all = joined[0];
        statistics[channel] = vec2(all.y, inverseSqrt(all.z / all.x + EPSILON));
    }
}
