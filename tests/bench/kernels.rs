//! Our kernels against the same modules out of Burn's own operations, on the same device, in the
//! same run; natively, where CI has a GPU made of software.

use anyhow::{Context, Result, ensure};
use burn::nn::{LayerNormConfig, LinearConfig};
use burn::tensor::{
    Device, Distribution, Tensor,
    activation::{gelu, leaky_relu},
    module,
    ops::{AttentionModuleOptions, ConvOptions, ConvTransposeOptions},
};
use glioscope_tests::median;
use mts_unet::{
    device::{measure_speed, open_gpu},
    kernels::{self, Place, Windows, linear::Around},
};
use web_time::Instant;

use crate::figures::Figures;

/// Of each; the first compiles shaders and is left out.
const RUNS: usize = 3;

/// Every kernel that takes a share of the network's time, at a size that the network has.
pub(crate) async fn on_the_gpu(figures: &mut Figures) -> Result<()> {
    let gpu = open_gpu().await.context("no GPU natively")?;
    let speed = measure_speed(&gpu.device).await?.per_second();
    println!(
        "  kernels on {}, dispatches by {:.1} GFLOP/s",
        gpu.words,
        speed / 1e9
    );
    let mut compare = Compare {
        device: gpu.device,
        name: gpu.words,
        figures,
        peak: f64::NAN,
    };
    compare.peaks().await?;
    compare.everywhere().await?;
    compare.mismatch().await?;
    compare.upsample().await?;
    compare.linear().await?;
    compare.token_norm().await
}

/// Those that have a way of their own on the CPU.
pub(crate) async fn on_the_cpu(figures: &mut Figures) -> Result<()> {
    let mut compare = Compare {
        device: Device::flex(),
        name: "native flex".to_owned(),
        figures,
        peak: f64::NAN,
    };
    compare.peaks().await?;
    compare.everywhere().await
}

struct Compare<'a> {
    device: Device,
    name: String,
    figures: &'a mut Figures,
    /// GFLOP a second of Burn's matrix product, which is what the device can do at best.
    peak: f64,
}

type Run<'a> = &'a dyn Fn() -> Tensor<1>;

async fn seconds(run: Run<'_>) -> Result<f64> {
    let mut seconds = Vec::new();
    for _ in 0..=RUNS {
        let start = Instant::now();
        // All of it: of a device that works ahead, only an answer says that it is done.
        let values = run().into_data_async().await?.try_to_vec::<f32>();
        seconds.push(start.elapsed().as_secs_f64());
        let values = values.context("f32")?;
        ensure!(values.iter().all(|value| value.is_finite()), "not finite");
    }
    Ok(median(seconds.split_off(1)))
}

impl Compare<'_> {
    /// A row: our time by Burn's, and how much arithmetic (in GFLOP, 0 where it says nothing) ours does a second.
    async fn row(&mut self, kernel: &str, work: f64, ours: Run<'_>, burns: Run<'_>) -> Result<()> {
        let (ours, burns) = (seconds(ours).await?, seconds(burns).await?);
        let speed = match work {
            0.0 => String::new(),
            work => {
                let speed = work / ours;
                format!(
                    ", {speed:.1} GFLOP/s ({:.2} of the product's)",
                    speed / self.peak
                )
            }
        };
        let name = &self.name;
        self.figures.add(
            format!(
                "{kernel}, {name}: {:.0} ms{speed}, times Burn's own",
                ours * 1e3
            ),
            ours / burns,
            "×",
            Some(1.0),
        );
        Ok(())
    }

    /// What the device can do at best: arithmetic, and bytes read and written.
    async fn peaks(&mut self) -> Result<()> {
        const EDGE: usize = 768;
        const NUMBERS: usize = 1 << 24;
        let [a, b] = [0, 1].map(|_| self.random([EDGE, EDGE]));
        let product = seconds(&|| flat(a.clone().matmul(b.clone()))).await?;
        self.peak = (2 * EDGE.pow(3)) as f64 / product / 1e9;
        let words = format!("Burn's matrix product, {EDGE}², {}", self.name);
        self.figures.add(words, self.peak, "GFLOP/s", None);
        let x = self.random([NUMBERS]);
        let copied = seconds(&|| (x.clone() + 1.0).narrow(0, 0, 1)).await?;
        let words = format!(
            "{} MiB read and as many written, {}",
            NUMBERS >> 18,
            self.name
        );
        self.figures
            .add(words, (8 * NUMBERS) as f64 / copied / 1e9, "GB/s", None);
        Ok(())
    }

    fn random<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &self.device)
    }

    async fn everywhere(&mut self) -> Result<()> {
        for (channels, edge) in [(12, 64), (24, 32), (48, 16)] {
            self.convolution([channels, channels], edge, 3, 1).await?;
        }
        self.norm().await?;
        self.attention().await
    }

    /// The convolution that compares T2 and FLAIR.
    async fn mismatch(&mut self) -> Result<()> {
        self.convolution([1, 64], 32, 7, 2).await
    }

    async fn convolution(
        &mut self,
        [from, to]: [usize; 2],
        edge: usize,
        taps: usize,
        stride: usize,
    ) -> Result<()> {
        let x = self.random([1, from, edge, edge, edge]);
        let weight = self.random([to, from, taps, taps, taps]);
        let options = || ConvOptions::new([stride; 3], [taps / 2; 3], [1; 3], 1);
        let outputs = to * (edge / stride).pow(3);
        let work = (2 * outputs * from * taps.pow(3)) as f64 / 1e9;
        self.row(
            &format!("conv3d {taps}³, {from}→{to}, {edge}³"),
            work,
            &|| flat(kernels::conv3d(x.clone(), weight.clone(), stride, 1)),
            &|| flat(module::conv3d(x.clone(), weight.clone(), None, options())),
        )
        .await
    }

    async fn upsample(&mut self) -> Result<()> {
        let x = self.random([1, 12, 16, 16, 16]);
        let weight = self.random([12, 12, 2, 2, 2]);
        let options = || ConvTransposeOptions::new([2; 3], [0; 3], [0; 3], [1; 3], 1);
        self.row(
            "transposed convolution k2 s2, 12→12, 16³",
            (2 * 12 * 12 * 8 * 16_usize.pow(3)) as f64 / 1e9,
            &|| flat(kernels::upsample(x.clone(), weight.clone())),
            &|| {
                let (x, weight) = (x.clone(), weight.clone());
                flat(module::conv_transpose3d(x, weight, None, options()))
            },
        )
        .await
    }

    async fn linear(&mut self) -> Result<()> {
        const ROWS: usize = 32 * 32 * 32;
        let x = self.random([1, ROWS, 12]);
        let layer = LinearConfig::new(12, 48).init(&self.device);
        let norm = LayerNormConfig::new(12).init(&self.device);
        let around = || Around {
            norm: Some(&norm),
            gelu: true,
            residual: None,
        };
        self.row(
            "layer norm, linear 12→48, GELU, 32³ tokens",
            (2 * 12 * 48 * ROWS) as f64 / 1e9,
            &|| flat(kernels::linear(x.clone(), &layer, around())),
            &|| flat(gelu(layer.forward(norm.forward(x.clone())))),
        )
        .await
    }

    async fn token_norm(&mut self) -> Result<()> {
        const EDGE: usize = 32;
        let x = self.random([1, EDGE.pow(3), 24]);
        let burns = || {
            let (variance, mean) = x.clone().var_mean_bias(2);
            let normal = (x.clone() - mean) / (variance + 1e-5).sqrt();
            flat(normal.swap_dims(1, 2))
        };
        self.row(
            "norm of a hidden state, 24, 32³",
            0.0,
            &|| flat(kernels::token_norm(x.clone(), [EDGE; 3])),
            &burns,
        )
        .await
    }

    async fn norm(&mut self) -> Result<()> {
        let x = self.random([1, 12, 64, 64, 64]);
        let burns = || {
            let rows = x.clone().reshape([12, 64 * 64 * 64]);
            let (variance, mean) = rows.clone().var_mean_bias(1);
            flat(leaky_relu((rows - mean) / (variance + 1e-5).sqrt(), 0.01))
        };
        self.row(
            "instance norm and rectifier, 12, 64³",
            0.0,
            &|| flat(kernels::instance_norm(x.clone(), 0.01)),
            &burns,
        )
        .await
    }

    /// As many windows as Burn's score tensor has room for in a buffer of 128 MiB.
    async fn attention(&mut self) -> Result<()> {
        const WINDOWS: usize = 64;
        const PLACES: usize = 343;
        const HEADS: usize = 3;
        const HEAD: usize = 4;
        let qkv = self.random([1, WINDOWS * PLACES, 3 * HEADS * HEAD]);
        let table = self.random([2 * PLACES - 1, HEADS]);
        let bias = self.random([1, HEADS, PLACES, PLACES]);
        let places: Vec<Place> = (0..WINDOWS * PLACES)
            .map(|token| Place { token, region: 0 })
            .collect();
        let codes: Vec<u32> = (0..PLACES as u32).collect();
        let windows = Windows::new(&places, &codes, PLACES - 1, WINDOWS * PLACES, &self.device);
        let burns = || {
            let qkv = qkv
                .clone()
                .reshape([WINDOWS, PLACES, 3, HEADS, HEAD])
                .permute([2, 0, 3, 1, 4]);
            let part = |i: usize| qkv.clone().narrow(0, i, 1).squeeze_dim::<4>(0);
            let options = AttentionModuleOptions::default();
            flat(module::attention(
                part(0),
                part(1),
                part(2),
                None,
                Some(bias.clone()),
                options,
            ))
        };
        self.row(
            "window attention, 64 windows of 7³, 3 heads",
            0.0,
            &|| {
                flat(kernels::window_attention(
                    qkv.clone(),
                    table.clone(),
                    &windows,
                ))
            },
            &burns,
        )
        .await
    }
}

fn flat<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    let values = x.shape().num_elements();
    x.reshape([values])
}
