//! Our kernels against the same modules out of Burn's own operations, on the same device, in the
//! same run; natively, where CI has a GPU made of software.

use anyhow::{Context, Result, ensure};
use burn::tensor::{
    Device, Distribution, Tensor,
    activation::leaky_relu,
    module,
    ops::{AttentionModuleOptions, ConvOptions},
};
use mts_unet::{
    device::open_gpu,
    kernels::{self, Place, Windows},
};
use web_time::Instant;

use crate::{figures::Figures, forward::median};

/// Of each; the first compiles shaders and is left out.
const RUNS: usize = 3;

/// Every kernel that takes a share of the network's time, at a size that the network has.
pub(crate) async fn measure(figures: &mut Figures) -> Result<()> {
    let gpu = open_gpu().await.context("no GPU natively")?;
    println!("  kernels on {}", gpu.words);
    for (name, device) in [
        (gpu.words.as_str(), &gpu.device),
        ("native flex", &Device::flex()),
    ] {
        let mut compare = async |kernel: &str, ours: Run<'_>, burns: Run<'_>| -> Result<()> {
            let (ours, burns) = (seconds(ours).await?, seconds(burns).await?);
            figures.add(
                format!("{kernel}, {name}: {:.0} ms, times Burn's own", ours * 1e3),
                ours / burns,
                "×",
                Some(1.0),
            );
            Ok(())
        };
        convolution(device, &mut compare).await?;
        norm(device, &mut compare).await?;
        attention(device, &mut compare).await?;
    }
    Ok(())
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

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), device)
}

async fn convolution(
    device: &Device,
    compare: &mut impl AsyncFnMut(&str, Run<'_>, Run<'_>) -> Result<()>,
) -> Result<()> {
    for (channels, edge) in [(12, 64), (48, 16)] {
        let x = random([1, channels, edge, edge, edge], device);
        let weight = random([channels, channels, 3, 3, 3], device);
        let options = || ConvOptions::new([1; 3], [1; 3], [1; 3], 1);
        compare(
            &format!("conv3d 3³, {channels}→{channels}, {edge}³"),
            &|| flat(kernels::conv3d(x.clone(), weight.clone(), 1, 1)),
            &|| flat(module::conv3d(x.clone(), weight.clone(), None, options())),
        )
        .await?;
    }
    Ok(())
}

async fn norm(
    device: &Device,
    compare: &mut impl AsyncFnMut(&str, Run<'_>, Run<'_>) -> Result<()>,
) -> Result<()> {
    let x = random([1, 12, 64, 64, 64], device);
    let burns = || {
        let rows = x.clone().reshape([12, 64 * 64 * 64]);
        let (variance, mean) = rows.clone().var_mean_bias(1);
        flat(leaky_relu((rows - mean) / (variance + 1e-5).sqrt(), 0.01))
    };
    compare(
        "instance norm and rectifier, 12, 64³",
        &|| flat(kernels::instance_norm(x.clone(), 0.01)),
        &burns,
    )
    .await
}

/// As many windows as Burn's score tensor has room for in a buffer of 128 MiB.
async fn attention(
    device: &Device,
    compare: &mut impl AsyncFnMut(&str, Run<'_>, Run<'_>) -> Result<()>,
) -> Result<()> {
    const WINDOWS: usize = 64;
    const PLACES: usize = 343;
    const HEADS: usize = 3;
    const HEAD: usize = 4;
    let qkv = random([1, WINDOWS * PLACES, 3 * HEADS * HEAD], device);
    let table = random([2 * PLACES - 1, HEADS], device);
    let bias = random([1, HEADS, PLACES, PLACES], device);
    let places: Vec<Place> = (0..WINDOWS * PLACES)
        .map(|token| Place { token, region: 0 })
        .collect();
    let codes: Vec<u32> = (0..PLACES as u32).collect();
    let windows = Windows::new(&places, &codes, PLACES - 1, WINDOWS * PLACES, device);
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
    compare(
        "window attention, 64 windows of 7³, 3 heads",
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

fn flat<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    let values = x.shape().num_elements();
    x.reshape([values])
}
