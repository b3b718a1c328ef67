// A 3-D convolution without bias, zero padding on every side so that stride 1 keeps the grid.
//
// A thread makes the outputs of {{ planes }} planes along x and {{ rows }} rows along y, for {{ channels }} channels
// at once. What it read of the input serves all its taps and channels, what it read of the weights all its
// outputs; both stay in registers. Neighbouring threads lie along z, which is fastest in memory, so their
// reads lie side by side, and those with the next channels follow them, while the input is still near. The
// loops over planes, rows, channels and their taps are written out by the launcher: an array indexed in a loop
// would live in memory.
//
// Where an instance norm follows, a workgroup has the same channels of one sample throughout, and leaves the
// moments of what it made: the norm need not read the volume for them.
//
// Launcher and oracle: model/src/kernels/conv3d.rs.

{{ enable }}// [batch, in, X, Y, Z]
@group(0) @binding(0) var<storage, read_write> input: array<{{ input_number }}>;
// [block, tap x / {{ taps_x }}, tap z, in, {{ taps_x }} taps x, tap y, {{ channels }}], zero beyond the last channel
@group(0) @binding(1) var<storage, read_write> weight: array<vec4<f32>>;
// [batch, out, x, y, z]
@group(0) @binding(2) var<storage, read_write> output: array<{{ output_number }}>;
{{ moments_to }}
// batch, in, out; X, Y, Z; whether what is there is added to; the first thread
@group(0) @binding({{ last }}) var<storage, read_write> shape: array<u32>;

const EDGE = {{ edge }};
const STRIDE = {{ stride }};
const DILATION = {{ dilation }};
const PADDING = EDGE / 2 * DILATION;
const PLANES = {{ planes }}u;
// Taps along x that are written out.
const TAPS_X = {{ taps_x }};
const ROWS = {{ rows }}u;
const CHANNELS = {{ channels }}u;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let channels_in = shape[1];
    let channels_out = shape[2];
    let source = vec3<i32>(i32(shape[3]), i32(shape[4]), i32(shape[5]));
    let goal = (vec3<u32>(source) - 1u) / u32(STRIDE) + 1u;
    let blocks = (channels_out + CHANNELS - 1u) / CHANNELS;
    let strips = (goal.y + ROWS - 1u) / ROWS;
    let slabs = (goal.x + PLANES - 1u) / PLANES;

{{ place }}
    // Per row of the input that any output needs: whether it is there, and where.
    let y_first = i32(y) * STRIDE - PADDING;
{{ rows_needed }}
{{ sums }}
    let slice = source.y * source.z;
    let voxels = u32(source.x * slice);
    let per_channel = u32(TAPS_X * EDGE) * (CHANNELS / 4u);
    for (var tap_x = 0; tap_x < EDGE; tap_x += TAPS_X) {
        let x_first = i32(x) * STRIDE - PADDING + tap_x * DILATION;
{{ planes_needed }}
        for (var tap_z = 0; tap_z < EDGE; tap_z++) {
            let z_in = i32(z) * STRIDE - PADDING + tap_z * DILATION;
            if (z_in < 0 || z_in >= source.z) {
                continue;
            }
            var at = sample * channels_in * voxels + u32(z_in);
            let taps = (block * u32(EDGE / TAPS_X) + u32(tap_x / TAPS_X)) * u32(EDGE) + u32(tap_z);
            var w = taps * channels_in * per_channel;
            for (var channel = 0u; channel < channels_in; channel++) {
{{ products }}
                at += voxels;
                w += per_channel;
            }
        }
    }

    let voxels_out = goal.x * goal.y * goal.z;
    let first = block * CHANNELS;
    let here = ((sample * channels_out + first) * goal.x + x) * goal.y * goal.z + y * goal.z + z;
    let planes_left = goal.x - x;
    let rows_left = goal.y - y;
    let channels_left = channels_out - first;
    let onto = shape[6] != 0u;
{{ stores }}
{{ moments }}
}
