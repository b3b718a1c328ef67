//! GELU on the CPU, x · Φ(x), in place and on all cores. Burn's own asks `libm` for every number, one after the other: a
//! tenth of the forward on two threads.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{Tensor, activation};
use pulp::{Simd, WithSimd};

use super::{contiguous, exp::exp, on_the_cpu, parallel, vectors};

/// Numbers that one thread takes at a time.
const PART: usize = 1 << 14;

/// The operation, on the CPU alone.
#[backend_extension(Flex)]
pub trait Gelu: Backend {
    /// See [`gelu()`].
    fn gelu_in_place(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// GELU of every number; by Burn's own operation where `x` is not on the CPU or a gradient is asked for.
#[must_use]
pub fn gelu(x: Tensor<3>) -> Tensor<3> {
    if on_the_cpu(&x.device()) {
        return Tensor::from_dispatch(Dispatch::gelu_in_place(x.into_dispatch()));
    }
    activation::gelu(x)
}

impl Gelu for Flex {
    fn gelu_in_place(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let mut x = contiguous(x);
        // Copies where somebody else holds it, too.
        let parts = x.storage_mut::<f32>().chunks_mut(PART).collect();
        parallel::map(parts, |part| vectors::dispatch(Part(part)));
        x
    }
}

struct Part<'a>(&'a mut [f32]);

impl WithSimd for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for value in self.0 {
            *value = of(*value);
        }
    }
}

/// x · Φ(x), without a branch, so that a loop over it is one over vectors. To 4 + x²/2 units in the last place: of x²/2 it
/// takes the exponential.
///
/// Φ(−|x|) = ½ · erfc(|x| / √2), and that by Chebyshev's polynomial in 1 / (1 + |x| / √8): Numerical Recipes, 2nd edition,
/// section 6.2, 1.2·10⁻⁷ of it at most before rounding.
#[inline(always)]
fn of(x: f32) -> f32 {
    const FACTORS: [f32; 9] = [
        -0.822_152_23,
        1.488_515_9,
        -1.135_204,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_7,
        -1.265_512_2,
    ];
    let size = x.abs();
    let t = 1.0 / (1.0 + size * (0.5 * std::f32::consts::FRAC_1_SQRT_2));
    let sum = FACTORS
        .iter()
        .fold(0.170_872_77, |sum, factor| sum * t + factor);
    let below = 0.5 * t * exp(sum - 0.5 * size * size);
    x * if x < 0.0 { below } else { 1.0 - below }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn it_is_that_of_f64() {
        for i in -120_000..=120_000 {
            let x = i as f32 / 10_000.0;
            let wide = f64::from(x);
            let exact = 0.5 * wide * libm::erfc(-wide / std::f64::consts::SQRT_2);
            let error = (f64::from(of(x)) - exact).abs();
            let allowed = f64::from(f32::EPSILON) * (4.0 + 0.5 * wide * wide);
            let found = of(x);
            assert!(
                error <= allowed * exact.abs(),
                "{x}: {found} instead of {exact}"
            );
        }
        assert!(of(f32::NAN).is_nan());
        assert_eq!(of(30.0), 30.0);
    }
}
