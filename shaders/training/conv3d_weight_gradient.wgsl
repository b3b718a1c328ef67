// The gradient of a 3-D convolution's weights: of each of them, the sum over all outputs of the output's gradient
// times the input that the weight met.
//
// A workgroup has four channels of the output, one of the input, and of the taps those at one place along x, at
// {{ taps_y }} along y and all along z. Its threads share the outputs of one part of the volume; neighbours lie
// along z, so their reads lie side by side. In the end their sums are added up. What the parts leave is for the
// launcher to add.
//
// Launcher: model/src/kernels/conv3d/gradient/gpu.rs. Oracle: Burn's own gradient on the CPU, model/tests/gradients.rs.

// [batch, in, X, Y, Z]
@group(0) @binding(0) var<storage, read_write> input: array<f32>;
// [batch, out, x, y, z]
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
// [part, out, in, tap x, tap y, tap z]
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;
// batch, in, out; X, Y, Z; x, y, z; parts; the first thread
@group(0) @binding(3) var<storage, read_write> shape: array<u32>;

const EDGE = {{ edge }};
const STRIDE = {{ stride }};
const DILATION = {{ dilation }};
const PADDING = EDGE / 2 * DILATION;
// Taps along y that are written out.
const TAPS_Y = {{ taps_y }};
const TAPS = u32(TAPS_Y * EDGE);

// By tap, of each thread.
var<workgroup> sums: array<vec4<f32>, {{ kept }}>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let batch = shape[0];
    let channels_in = shape[1];
    let channels_out = shape[2];
    let source = vec3<i32>(i32(shape[3]), i32(shape[4]), i32(shape[5]));
    let goal = vec3<u32>(shape[6], shape[7], shape[8]);
    let parts = shape[9];
    let blocks = (channels_out + 3u) / 4u;

    var number = shape[10] / 64u + group.x;
    let tap_y = i32(number % u32(EDGE / TAPS_Y)) * TAPS_Y;
    number /= u32(EDGE / TAPS_Y);
    let tap_x = i32(number % u32(EDGE));
    number /= u32(EDGE);
    let channel_in = number % channels_in;
    number /= channels_in;
    let first_out = number % blocks * 4u;
    let part = number / blocks;

    let slice = goal.y * goal.z;
    let voxels_out = goal.x * slice;
    let voxels = u32(source.x * source.y * source.z);
    let outputs = batch * voxels_out;
    let share = (outputs + parts - 1u) / parts;
    let end = min((part + 1u) * share, outputs);
{{ starts }}
    for (var at = part * share + lane; at < end; at += 64u) {
        let sample = at / voxels_out;
        let here = at % voxels_out;
        let x = i32(here / slice) * STRIDE - PADDING + tap_x * DILATION;
        if (x < 0 || x >= source.x) {
            continue;
        }
        let y = i32(here / goal.z % goal.y) * STRIDE - PADDING + tap_y * DILATION;
        let z = i32(here % goal.z) * STRIDE - PADDING;
        let to = sample * channels_out * voxels_out + here;
        let g = vec4(gradient[to + out0], gradient[to + out1], gradient[to + out2], gradient[to + out3]);
        let plane = (sample * channels_in + channel_in) * voxels + u32(x * source.y * source.z);
{{ products }}
    }

{{ keeps }}
    workgroupBarrier();
    if (lane < TAPS) {
        var total = vec4<f32>();
        for (var other = 0u; other < 64u; other++) {
            total += sums[lane * 64u + other];
        }
        let tap = u32(tap_x * EDGE + tap_y) * u32(EDGE) + lane;
        for (var c = 0u; c < min(4u, channels_out - first_out); c++) {
            let weight = (part * channels_out + first_out + c) * channels_in + channel_in;
            partial[weight * u32(EDGE * EDGE * EDGE) + tap] = total[c];
        }
    }
}
