//! Window attention with relative position bias.

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::window::{WindowPlan, WindowShape};
use crate::network::config::ClippedWindow;

/// Multi-head self-attention inside windows; the parameters of one block.
#[derive(Module, Debug)]
pub struct WindowAttention {
    /// `[(2w−1)³, heads]`.
    bias_table: Param<Tensor<2>>,
    qkv: Linear,
    proj: Linear,
    heads: usize,
}

impl WindowAttention {
    /// Attention over `channels` split into `heads`, for windows of edge `window`.
    pub fn new(channels: usize, heads: usize, window: usize, device: &Device) -> Self {
        let table = [(2 * window - 1).pow(3), heads];
        Self {
            bias_table: super::super::truncated_normal(table, device),
            qkv: LinearConfig::new(channels, 3 * channels).init(device),
            proj: LinearConfig::new(channels, channels).init(device),
            heads,
        }
    }

    /// `tokens` `[batch, grid, channels]`, already normalised; the same shape comes back.
    ///
    /// MONAI pads with zeros after the norm, so a padded token's query, key and value are the
    /// projection's bias alone; they are not masked, so they act as keys. Projecting before the
    /// padding gives the same and saves the padded tokens' arithmetic.
    pub fn forward(
        &self,
        tokens: Tensor<3>,
        plan: &WindowPlan,
        relative: &Tensor<1, Int>,
    ) -> Tensor<3> {
        let [batch, grid, channels] = tokens.dims();
        let mut qkv = self.qkv.forward(tokens);
        if plan.padded {
            let bias = match &self.qkv.bias {
                Some(bias) => bias.val(),
                None => Tensor::zeros([3 * channels], &qkv.device()),
            };
            qkv = Tensor::cat(vec![qkv, bias.reshape([1, 1, -1]).repeat_dim(0, batch)], 1);
        }
        let bias = self.relative_bias(relative);
        let windows = plan.chunks.iter().map(|chunk| {
            let bias = match &chunk.mask {
                Some(mask) => bias.clone() + mask.clone(),
                None => bias.clone(),
            };
            self.attend(
                qkv.clone().select(1, chunk.tokens.clone()),
                batch * chunk.windows,
                bias,
            )
            .reshape([batch, chunk.tokens.dims()[0], channels])
        });
        let windows = Tensor::cat(windows.collect(), 1);
        debug_assert_eq!(plan.back.dims()[0], grid);
        self.proj.forward(windows.select(1, plan.back.clone()))
    }

    /// `[1, heads, tokens, tokens]` from the table.
    fn relative_bias(&self, relative: &Tensor<1, Int>) -> Tensor<4> {
        let n = relative.dims()[0].isqrt();
        self.bias_table
            .val()
            .select(0, relative.clone())
            .swap_dims(0, 1)
            .reshape([1, self.heads, n, n])
    }

    /// `qkv` holds `windows` windows of tokens with 3 × channels each.
    fn attend(&self, qkv: Tensor<3>, windows: usize, bias: Tensor<4>) -> Tensor<4> {
        let n = bias.dims()[3];
        let head = qkv.dims()[2] / (3 * self.heads);
        let qkv = qkv
            .reshape([windows, n, 3, self.heads, head])
            .permute([2, 0, 3, 1, 4]);
        let part = |i: usize| qkv.clone().narrow(0, i, 1).squeeze_dim::<4>(0);
        let options = AttentionModuleOptions {
            scale: Some((head as f64).powf(-0.5)),
            ..Default::default()
        };
        attention(part(0), part(1), part(2), None, Some(bias), options).swap_dims(1, 2)
    }
}

/// For each pair (query, key) of a window's tokens, the row of the bias table, in C order.
pub fn relative_index(
    shape: WindowShape,
    window: usize,
    rule: ClippedWindow,
    device: &Device,
) -> Tensor<1, Int> {
    let n = shape.tokens();
    let edges = match rule {
        ClippedWindow::Monai => [window; 3],
        ClippedWindow::Geometric => shape.window,
    };
    let values = relative_rows(n, edges, window);
    Tensor::from_data(TensorData::new(values, [n * n]), device)
}

/// Rows for the first `n` tokens of a window with these `edges`, in a table for windows of `window`.
fn relative_rows(n: usize, edges: [usize; 3], window: usize) -> Vec<i32> {
    let [_, ey, ez] = edges.map(|e| e as i32);
    let (reach, width) = (window as i32 - 1, 2 * window as i32 - 1);
    let at = |i: i32| [i / (ey * ez), i / ez % ey, i % ez];
    let row = |query: i32, key: i32| {
        let (q, k) = (at(query), at(key));
        (0..3).fold(0, |row, a| row * width + q[a] - k[a] + reach)
    };
    let n = n as i32;
    (0..n)
        .flat_map(|q| (0..n).map(move |k| row(q, k)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::relative_rows;

    #[test]
    fn index_has_the_published_entries() {
        let rows = relative_rows(343, [7; 3], 7);
        let at = |q: usize, k: usize| rows[q * 343 + k];
        assert_eq!(
            [at(0, 0), at(0, 1), at(1, 0), at(0, 7), at(0, 49)],
            [1098, 1097, 1099, 1085, 929]
        );
        assert_eq!([at(0, 342), at(342, 0)], [0, 2196]);
    }

    #[test]
    fn clipping_rules_differ_as_published() {
        for (edge, percent) in [(2, 78.0), (3, 90.0), (4, 94.9), (5, 96.9), (6, 98.0)] {
            let n = edge * edge * edge;
            let (monai, geometric) = (relative_rows(n, [7; 3], 7), relative_rows(n, [edge; 3], 7));
            let differ = monai.iter().zip(&geometric).filter(|(a, b)| a != b).count();
            let found = 100.0 * differ as f64 / (n * n) as f64;
            assert!((found - percent).abs() < 0.6, "{edge}: {found}");
        }
    }
}
