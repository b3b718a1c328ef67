//! The linear layer where a gradient is asked for on a GPU.
//!
//! The gradients of weights, offsets and the norm's scale are sums over all rows. Burn gives a thread, or of a matrix
//! product a workgroup, to each of these sums: of a hundred thousand rows all but a few dozen threads would have no
//! work, and a step would spend most of its time on that. So the rows are cut into parts with sums of their own; norm
//! and offset are put so that the way back meets no other long sums.

use burn::tensor::Tensor;

use super::{Around, after};
use crate::kernels::token_norm::normal;

/// As [`affine`](super::affine()), out of Burn's own operations.
pub(super) fn affine(
    x: Tensor<3>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
    around: Around<'_>,
) -> Tensor<3> {
    let ([batch, rows, width], columns) = (x.dims(), weight.dims()[1]);
    let parts = parts(rows);
    let part = rows / parts;
    let cut = |rows: Tensor<3>, width| rows.reshape([batch * parts, part, width]);
    let mut x = cut(x, width);
    let mut weight = weight;
    let mut offset = bias.map(|bias| bias.reshape([1, columns]));
    if let Some(norm) = around.norm {
        x = normal(x);
        // (x·γ + β)W + b = x(γW) + (βW + b)
        if let Some(beta) = &norm.beta {
            let of_norm = beta.val().reshape([1, width]).matmul(weight.clone());
            offset = Some(match offset {
                Some(offset) => offset + of_norm,
                None => of_norm,
            });
        }
        weight = weight * norm.gamma.val().reshape([width, 1]);
    }
    let mut y = x.matmul(weight.unsqueeze());
    if let Some(offset) = offset {
        // Once for each row of a part, which sums it over the parts first.
        let ones = Tensor::<2>::ones([part, 1], &y.device());
        y = y + ones.matmul(offset).unsqueeze();
    }
    let residual = around.residual.map(|rows| cut(rows, columns));
    after(y, around.gelu, residual).reshape([batch, rows, columns])
}

/// How many parts of equal length to cut so many rows into: as near to the root as they go.
fn parts(rows: usize) -> usize {
    let divides = |parts: &usize| rows.is_multiple_of(*parts);
    (1..=rows.isqrt()).rev().find(divides).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_equal_and_near_the_root() {
        let found = [1, 7, 216, 1728, 13_824, 110_592].map(parts);
        assert_eq!(found, [1, 1, 12, 36, 108, 288]);
    }
}
