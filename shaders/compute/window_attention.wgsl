// Window attention: partition, shift, scores, relative position bias, shift mask, softmax, the sum
// of values, reversal. The score tensor never exists.
//
// A thread answers one query of one head, and walks over the keys of its window once: the running
// maximum and what has been summed under it are corrected where a larger score comes (the softmax
// of Milakov and Gimelshein, 2018). Neighbouring threads ask in the same window, so that they read
// the same keys.
//
// Launcher and oracle: model/src/kernels/window_attention.rs.

// [sample, token, (query, key, value), head, channel]; a token beyond the grid is padding
@group(0) @binding(0) var<storage, read_write> qkv: array<{{ element }}>;
// [relative position, head]
@group(0) @binding(1) var<storage, read_write> bias: array<f32>;
// [window, place]: the token there, and in the highest bits its region for the shift mask
@group(0) @binding(2) var<storage, read_write> tokens: array<u32>;
// [place]: what a place adds to the row of the bias table as a query, and takes from it as a key
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;
// [sample, token of the grid, head, channel]
@group(0) @binding(4) var<storage, read_write> output: array<{{ element }}>;
// samples, windows, places, heads; rows of qkv a sample; tokens of the grid; row of distance 0
@group(0) @binding(5) var<storage, read_write> shape: array<u32>;

const TOKEN_BITS = {{ token_bits }}u;
const MASKED = {{ masked }};
const SCALE = {{ scale }};
// Elements of a head.
const WIDTH = {{ width }}u;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let windows = shape[1];
    let places = shape[2];
    let heads = shape[3];
    let rows = shape[4];
    let grid = shape[5];

    // An axis of a dispatch ends at 65,535 workgroups; the second axis carries on.
    var rest = (group.y * groups.x + group.x) * 64u + lane;
    let place = rest % places;
    rest /= places;
    let head = rest % heads;
    rest /= heads;
    let window = rest % windows;
    let sample = rest / windows;
    if (sample >= shape[0]) {
        return;
    }
    let mine = tokens[window * places + place];
    let token = extractBits(mine, 0u, TOKEN_BITS);
    // Nobody reads what padding would answer.
    if (token >= grid) {
        return;
    }
    let region = mine >> TOKEN_BITS;
    let row = codes[place] + shape[6];

    // A row of qkv holds the heads' queries, then their keys, then their values.
    let part = heads * WIDTH;
    let base = sample * rows * 3u * part + head * WIDTH;
    let asked = base + token * 3u * part;
{{ queries }}
    var largest = -3e38;
    var total = 0.0;
{{ sums }}
    for (var other = 0u; other < places; other++) {
        let its = tokens[window * places + other];
        let key = base + extractBits(its, 0u, TOKEN_BITS) * 3u * part + part;
        let value = key + part;
        var score = bias[(row - codes[other]) * heads + head];
        score += select(MASKED, 0.0, its >> TOKEN_BITS == region);
{{ scores }}
        // One of the two factors is 1.
        let smaller = exp(-abs(score - largest));
        let is_largest = score > largest;
        let kept = select(1.0, smaller, is_largest);
        let weight = select(smaller, 1.0, is_largest);
        largest = max(largest, score);
        total = total * kept + weight;
{{ values }}
    }
    let answer = (sample * grid + token) * part + head * WIDTH;
{{ stores }}
}
