//! What stands between a brain and its scan: coils, motion, thick slices, noise, small vessel disease,
//! and archives that keep 8 bits.

use super::anatomy::Anatomy;
use super::atlas::Region;
use super::chance::Chance;
use super::lattice::Lattice;
use super::tumour::Tumour;

/// White-matter hyperintensities, which look like small infiltrations and are none: caps at the
/// ventricles and spots in the depth, on FLAIR and fainter on T2. Three in ten people have them.
pub(super) fn white_matter_disease(
    c: &mut Chance,
    anatomy: &Anatomy,
    tumour: &Tumour,
    volumes: &mut [Vec<f32>; 4],
) {
    if !c.one_in(0.3) {
        return;
    }
    let lattice = anatomy.lattice;
    let from_ventricle = lattice.depth_mm(|o| {
        !(anatomy.regions[o] == Region::Ventricles as u8 && anatomy.tissues[0][o] > 0.5)
    });
    let spots = lattice.smooth(c, 7.0);
    let limit = c.within(1.8, 2.8);
    let cap_mm = c.within(1.0, 5.0);
    let (flair, t2) = (c.within(1.25, 1.7), c.within(1.1, 1.4));
    for o in 0..lattice.len() {
        let cap = (1.5 - from_ventricle[o] / cap_mm + 0.5 * spots[o]).clamp(0.0, 1.0);
        let spot = ((spots[o] - limit) * 2.5).clamp(0.0, 1.0);
        let share = cap.max(spot) * anatomy.tissues[2][o] * (1.0 - tumour.whole[o]).max(0.0);
        if share > 0.0 && from_ventricle[o] > 0.0 {
            volumes[0][o] += share * (flair - volumes[0][o]).max(0.0);
            volumes[3][o] += share * (t2 - volumes[3][o]).max(0.0);
        }
    }
}

/// One sequence from the signal to the file.
pub(super) fn scan(
    c: &mut Chance,
    lattice: Lattice,
    brain: &[bool],
    volume: &mut Vec<f32>,
    harsh: bool,
) {
    if harsh {
        fill_outside(lattice, brain, volume);
        if c.one_in(0.35) {
            let sd_mm = c.within(0.4, 1.4);
            lattice.blur(volume, sd_mm, &[0, 1, 2]);
        }
        if c.one_in(0.45) {
            thick_slices(c, lattice, volume);
        }
    }
    let bias = lattice.smooth(c, 75.0);
    let strength = if harsh { c.within(0.03, 0.22) } else { 0.05 };
    let noise = if harsh { c.within(0.006, 0.05) } else { 0.01 };
    for (o, v) in volume.iter_mut().enumerate() {
        if !brain[o] {
            *v = 0.0;
            continue;
        }
        let signal = *v * (strength * bias[o].clamp(-2.5, 2.5)).exp();
        // A magnitude of two noisy channels: Rician.
        let (a, b) = (signal + noise * c.normal(), noise * c.normal());
        *v = (a * a + b * b).sqrt().max(1e-3);
    }
    let gain = if harsh {
        10f32.powf(c.within(1.8, 3.4))
    } else {
        500.0
    };
    let bits = harsh && c.one_in(0.4);
    let mut sorted: Vec<f32> = volume.iter().copied().filter(|v| *v > 0.0).collect();
    if sorted.is_empty() {
        return;
    }
    let place = (sorted.len() - 1) * 998 / 1000;
    let (_, &mut top, _) = sorted.select_nth_unstable_by(place, f32::total_cmp);
    for v in volume.iter_mut().filter(|v| **v > 0.0) {
        *v = if bits {
            // Brain is never quantised to the 0 that means outside.
            (*v / top * 255.0).round().clamp(1.0, 255.0)
        } else {
            *v * gain
        };
    }
}

/// Puts the brain's mean outside it, so that blurring does not darken the edge as a mask would.
fn fill_outside(lattice: Lattice, brain: &[bool], volume: &mut [f32]) {
    let mut weight: Vec<f32> = brain.iter().map(|b| f32::from(u8::from(*b))).collect();
    let mut near = volume.to_vec();
    lattice.blur(&mut weight, 3.0, &[0, 1, 2]);
    lattice.blur(&mut near, 3.0, &[0, 1, 2]);
    for (o, v) in volume.iter_mut().enumerate() {
        if !brain[o] && weight[o] > 1e-3 {
            *v = near[o] / weight[o];
        }
    }
}

/// Slices of up to 6 mm along one axis, most often the head's: averaged, then interpolated back.
fn thick_slices(c: &mut Chance, lattice: Lattice, volume: &mut [f32]) {
    let axis = [2, 2, 2, 1, 0][c.below(5)];
    let thick = c.within(1.0, 6.0) / lattice.step_mm;
    if thick <= 1.05 {
        return;
    }
    let n = lattice.dims[axis];
    let stride = lattice.strides()[axis];
    let phase = c.within(0.0, thick);
    let slices = ((n as f32 + phase) / thick).ceil() as usize + 1;
    let mut line = vec![0.0; n];
    let mut means = vec![0.0; slices];
    for start in (0..volume.len()).filter(|o| (o / stride).is_multiple_of(n)) {
        for (i, v) in line.iter_mut().enumerate() {
            *v = volume[start + i * stride];
        }
        for (k, mean) in means.iter_mut().enumerate() {
            // Slice k spans these voxel coordinates; each voxel counts by its overlap.
            let (low, high) = (k as f32 * thick - phase, (k + 1) as f32 * thick - phase);
            let (first, last) = (
                low.max(0.0) as usize,
                high.ceil().clamp(0.0, n as f32) as usize,
            );
            let (mut sum, mut weight) = (0.0, 0.0);
            for (i, v) in line.iter().enumerate().take(last).skip(first) {
                let overlap = (high.min(i as f32 + 1.0) - low.max(i as f32)).max(0.0);
                sum += overlap * v;
                weight += overlap;
            }
            *mean = if weight > 0.0 { sum / weight } else { 0.0 };
        }
        for i in 0..n {
            let place = ((i as f32 + 0.5 + phase) / thick - 0.5).clamp(0.0, (slices - 2) as f32);
            let k = place as usize;
            let t = place - k as f32;
            volume[start + i * stride] = means[k] * (1.0 - t) + means[k + 1] * t;
        }
    }
}
