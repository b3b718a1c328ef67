// A part of the linear layer's shader and of the hidden states' norm.

fn total(v: vec4<f32>) -> f32 {
    return v.x + v.y + v.z + v.w;
}

// The mean of a row of `input` and the inverse of its standard deviation, for a layer norm; in vectors of four,
// `width` of them from `first`.
fn statistics(first: u32, width: u32) -> vec2<f32> {
    var sum = vec4<f32>();
    for (var k = 0u; k < width; k++) {
        sum += vec4<f32>(input[first + k]);
    }
    let mean = total(sum) / f32(4u * width);
    var squares = vec4<f32>();
    for (var k = 0u; k < width; k++) {
        let deviation = vec4<f32>(input[first + k]) - mean;
        squares += deviation * deviation;
    }
    return vec2(mean, inverseSqrt(total(squares) / f32(4u * width) + 1e-5));
}
