// A linear layer over rows, with what stands around it in a transformer: layer norm before it, its
// bias, GELU or a residual after it.
//
// A thread makes {{ rows }} rows times {{ vectors }} vectors of four columns, and keeps them in registers;
// what it read of the input serves all its columns, and what it read of the weights all its rows. The rows
// of a workgroup's threads follow one another, so that all of them read the same weights at once. The
// norm's statistics are taken by each thread from its own rows, which the product reads again anyway.
//
// Launcher and oracle: model/src/kernels/linear.rs.

{{ enable }}// [row, in]
@group(0) @binding(0) var<storage, read_write> input: array<vec4<{{ number }}>>;
// [in, out]
@group(0) @binding(1) var<storage, read_write> weight: array<vec4<f32>>;
// [row, out]; what is there may be the residual
@group(0) @binding(2) var<storage, read_write> output: array<vec4<{{ number }}>>;
// Where they are used: bias [out]; gamma and beta [in]
{{ bindings }}
// rows, in / 4, out / 4; whether GELU follows; whether what is there is added; the first thread
@group(0) @binding({{ last }}) var<storage, read_write> shape: array<u32>;

const ROWS = {{ rows }}u;
const VECTORS = {{ vectors }}u;

{{ statistics }}
// Abramowitz and Stegun, 7.1.26: within 1.5e-7.
fn erf(x: vec4<f32>) -> vec4<f32> {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(x) * (1.0 - sum * exp(-x * x));
}

fn finished(sum: vec4<f32>, column: u32, place: u32) -> vec4<f32> {
    var value = sum{{ offset }};
    if (shape[3] != 0u) {
        value = 0.5 * value * (1.0 + erf(value * 0.7071067811865476));
    }
    if (shape[4] != 0u) {
        value += vec4<f32>(output[place]);
    }
    return value;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let rows = shape[0];
    let width = shape[1];
    let columns = shape[2];
    let blocks = columns / VECTORS;
    let number = shape[5] / 64u + group.x;
    let column = number % blocks * VECTORS;
    let first_row = number / blocks * 64u * ROWS + lane;
    if (first_row >= rows) {
        return;
    }
{{ starts }}
    for (var k = 0u; k < width; k++) {
{{ loads }}
        var w = 4u * k * columns + column;
{{ products }}
    }
{{ stores }}
}
