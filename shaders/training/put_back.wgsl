// Rows of windows put back into the grid: each becomes the row of the token that stood in its place. What stood
// beyond the grid is left out; a token stands in one window alone.
//
// Launcher: model/src/kernels/window_attention/gradient/put_back.rs. Oracle: model/tests/gradients.rs.

// [batch, window and place, number]
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
// [window and place]: the token, and above it its region
@group(0) @binding(1) var<storage, read_write> tokens: array<u32>;
// [batch, token, number]
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
// batch, windows and places, numbers, tokens of the grid
@group(0) @binding(3) var<storage, read_write> shape: array<u32>;

const TOKEN = (1u << {{ token_bits }}) - 1u;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let rows = shape[1];
    let width = shape[2];
    let grid = shape[3];
    let at = (group.y * groups.x + group.x) * 64u + lane;
    if (at >= shape[0] * rows * width) {
        return;
    }
    let row = at / width % rows;
    let sample = at / (width * rows);
    let token = tokens[row] & TOKEN;
    if (token < grid) {
        output[(sample * grid + token) * width + at % width] = values[at];
    }
}
