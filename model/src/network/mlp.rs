//! The small perceptrons that turn features into logits.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

const DROPOUT: f64 = 0.5;

/// Linear layers with ReLU and dropout between them.
#[derive(Module, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
    dropout: Dropout,
}

impl Mlp {
    /// A perceptron with these widths, input first.
    fn new(widths: &[usize], device: &Device) -> Self {
        Self {
            layers: widths
                .windows(2)
                .map(|w| LinearConfig::new(w[0], w[1]).init(device))
                .collect(),
            dropout: DropoutConfig::new(DROPOUT).init(),
        }
    }

    /// A head on `features`: 256, 64, classes.
    pub fn head(features: usize, classes: usize, device: &Device) -> Self {
        Self::new(&[features, 256, 64, classes], device)
    }

    /// A weighted sum for each class.
    pub fn linear(features: usize, classes: usize, device: &Device) -> Self {
        Self::new(&[features, classes], device)
    }

    /// DSF, the fusion of two heads' logits: 2C, 32, C.
    pub fn fusion(classes: usize, device: &Device) -> Self {
        Self::new(&[2 * classes, 32, classes], device)
    }

    /// `x` `[batch, features]` to `[batch, classes]`.
    pub fn forward(&self, mut x: Tensor<2>) -> Tensor<2> {
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                x = self.dropout.forward(relu(x));
            }
            x = layer.forward(x);
        }
        x
    }
}
