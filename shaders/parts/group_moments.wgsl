// A part of the convolution's shader: the moments of what a workgroup made of four channels, joined by the rule
// of Chan, Golub and LeVeque (1979), as the instance norm's own shaders do.

// [channel, workgroup]: count, mean, sum of squared deviations from it
@group(0) @binding(3) var<storage, read_write> partial: array<vec4<f32>>;

var<workgroup> counts: array<f32, 64>;
var<workgroup> means: array<vec4<f32>, 64>;
var<workgroup> deviations: array<vec4<f32>, 64>;

// Leaves those of the whole workgroup in place 0, for lane 0 to read. All lanes call it; one with nothing to
// add brings a count of 0.
fn join_group(lane: u32, count: f32, mean: vec4<f32>, deviation: vec4<f32>) {
    // Lane 0 may still be reading those of the channels before.
    workgroupBarrier();
    counts[lane] = count;
    means[lane] = mean;
    deviations[lane] = deviation;
    for (var reach = 32u; reach > 0u; reach /= 2u) {
        workgroupBarrier();
        if (lane < reach) {
            let other = lane + reach;
            let both = counts[lane] + counts[other];
            let share = counts[other] / max(both, 1.0);
            let apart = means[other] - means[lane];
            deviations[lane] += deviations[other] + apart * apart * (counts[lane] * share);
            means[lane] += apart * share;
            counts[lane] = both;
        }
    }
}
