// Window attention: partition, shift, scores, relative position bias, shift mask, softmax, the sum
// of values, reversal. The score tensor never exists.
//
// A thread answers {{ queries }} queries of one head and window, and walks over the window's keys once: what it
// read of a key and its value serves all of them. The running maximum and what has been summed under it
// are corrected where a larger score comes (the softmax of Milakov and Gimelshein, 2018). Neighbouring
// threads ask in the same window, so that they read the same keys.
//
// Launcher and oracle: model/src/kernels/window_attention.rs.

{{ enable }}// [sample, token, (query, key, value), head, channel]; a token beyond the grid is padding
@group(0) @binding(0) var<storage, read_write> qkv: array<{{ stored }}>;
// [relative position, head]
@group(0) @binding(1) var<storage, read_write> bias: array<f32>;
// [window, place]: the token there, and in the highest bits its region for the shift mask
@group(0) @binding(2) var<storage, read_write> tokens: array<u32>;
// [place]: what a place adds to the row of the bias table as a query, and takes from it as a key
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;
// [sample, token of the grid, head, channel]
@group(0) @binding(4) var<storage, read_write> output: array<{{ stored }}>;
// samples, windows, places, heads; rows of qkv a sample; tokens of the grid; row of distance 0; the first thread
@group(0) @binding(5) var<storage, read_write> shape: array<u32>;

const TOKEN_BITS = {{ token_bits }}u;
const MASKED = {{ masked }};
const SCALE = {{ scale }};
// Elements of a head.
const WIDTH = {{ width }}u;
// Queries of a thread, so many places apart as a window has threads.
const QUERIES = {{ queries }}u;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let windows = shape[1];
    let places = shape[2];
    let heads = shape[3];
    let rows = shape[4];
    let grid = shape[5];

    var rest = shape[7] + group.x * 64u + lane;
    let threads = (places + QUERIES - 1u) / QUERIES;
    let thread = rest % threads;
    rest /= threads;
    let head = rest % heads;
    rest /= heads;
    let window = rest % windows;
    let sample = rest / windows;
    if (sample >= shape[0]) {
        return;
    }

    // A row of qkv holds the heads' queries, then their keys, then their values.
    let part = heads * WIDTH;
    let base = sample * rows * 3u * part + head * WIDTH;
{{ asked }}
    for (var other = 0u; other < places; other++) {
        let its = tokens[window * places + other];
        let its_region = its >> TOKEN_BITS;
        let code = codes[other];
        let key = base + extractBits(its, 0u, TOKEN_BITS) * 3u * part + part;
        let value = key + part;
{{ key }}
{{ scores }}
    }
{{ stores }}
}
