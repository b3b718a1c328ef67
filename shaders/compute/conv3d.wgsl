// A 3-D convolution without bias, zero padding on every side so that stride 1 keeps the grid.
//
// A thread makes {{ rows }} outputs that follow one another along y, for {{ channels }} channels
// at once. What it read of the input serves all taps along y and all channels, what it read of the
// weights serves all rows; both stay in registers. Neighbouring threads lie along z, which is
// fastest in memory, so their reads lie side by side. The loops over rows, channels and the taps
// along y are written out by the launcher: an array indexed in a loop would live in memory.
//
// Launcher and oracle: model/src/kernels/conv3d.rs.

// [batch, in, X, Y, Z]
@group(0) @binding(0) var<storage, read_write> input: array<f32>;
// [block, tap x, tap z, in, tap y, {{ channels }}], zero beyond the last channel
@group(0) @binding(1) var<storage, read_write> weight: array<vec4<f32>>;
// [batch, out, x, y, z]; with ONTO what is there is added to
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
// batch, in, out; X, Y, Z; x, y, z
@group(0) @binding(3) var<storage, read_write> shape: array<u32>;

const EDGE = {{ edge }};
const STRIDE = {{ stride }};
const DILATION = {{ dilation }};
const PADDING = EDGE / 2 * DILATION;
const ROWS = {{ rows }}u;
const CHANNELS = {{ channels }}u;
const ONTO = {{ onto }};

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let channels_in = shape[1];
    let channels_out = shape[2];
    let source = vec3<i32>(i32(shape[3]), i32(shape[4]), i32(shape[5]));
    let goal = vec3<u32>(shape[6], shape[7], shape[8]);
    let blocks = (channels_out + CHANNELS - 1u) / CHANNELS;
    let strips = (goal.y + ROWS - 1u) / ROWS;

    // An axis of a dispatch ends at 65,535 workgroups; the second axis carries on.
    var rest = (group.y * groups.x + group.x) * 64u + lane;
    let z = rest % goal.z;
    rest /= goal.z;
    let y = rest % strips * ROWS;
    rest /= strips;
    let x = rest % goal.x;
    rest /= goal.x;
    let block = rest % blocks;
    let sample = rest / blocks;
    if (sample >= shape[0]) {
        return;
    }

    // Per row of the input that any output needs: whether it is there, and where.
    let y_first = i32(y) * STRIDE - PADDING;
{{ rows_needed }}
{{ sums }}
    let voxels = u32(source.x * source.y * source.z);
    let per_tap = channels_in * u32(EDGE) * (CHANNELS / 4u);
    for (var tap_x = 0; tap_x < EDGE; tap_x++) {
        let x_in = i32(x) * STRIDE - PADDING + tap_x * DILATION;
        if (x_in < 0 || x_in >= source.x) {
            continue;
        }
        for (var tap_z = 0; tap_z < EDGE; tap_z++) {
            let z_in = i32(z) * STRIDE - PADDING + tap_z * DILATION;
            if (z_in < 0 || z_in >= source.z) {
                continue;
            }
            var at = sample * channels_in * voxels + u32(x_in * source.y * source.z + z_in);
            var w = ((block * u32(EDGE) + u32(tap_x)) * u32(EDGE) + u32(tap_z)) * per_tap;
            for (var channel = 0u; channel < channels_in; channel++) {
{{ products }}
                at += voxels;
                w += u32(EDGE) * (CHANNELS / 4u);
            }
        }
    }

    let voxels_out = goal.x * goal.y * goal.z;
    let first = block * CHANNELS;
    let here = ((sample * channels_out + first) * goal.x + x) * goal.y * goal.z + y * goal.z + z;
    let rows_left = goal.y - y;
    let channels_left = channels_out - first;
{{ stores }}
}
