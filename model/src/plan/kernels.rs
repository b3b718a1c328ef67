//! What each kernel allocates beside its input, computes and moves: one function for each launcher in
//! `kernels/*/gpu.rs`, whose allocations it repeats.

use super::ledger::{Convolved, Held, Kind, Ledger, Volume};
use crate::kernels::{Taps, cost, moment_parts, packed_channels};

/// Arithmetic of an instance norm on one number: sum and squares, then difference, factor, slope.
const NORM_OPERATIONS: u64 = 8;

fn taps(edge: usize, stride: usize) -> Taps {
    Taps {
        edge,
        stride,
        dilation: 1,
    }
}

impl Ledger {
    /// A convolution with stride 1 of `x` to `out` channels.
    pub(super) fn conv(&mut self, x: &Volume, out: usize, edge: usize) -> Volume {
        self.strided_conv(x, out, edge, 1)
    }

    /// The same with a stride along every axis.
    pub(super) fn strided_conv(
        &mut self,
        x: &Volume,
        out: usize,
        edge: usize,
        stride: usize,
    ) -> Volume {
        let output = self.volume(out, x.grid.map(|edge| edge / stride));
        self.convolve(x, &output, edge, output.bytes());
        output
    }

    /// As [`Self::conv`], for a norm.
    pub(super) fn conv_to_norm(&mut self, x: &Volume, out: usize, edge: usize) -> Convolved {
        let volume = self.volume(out, x.grid);
        let moments = self.moments(&volume, edge);
        self.convolve(x, &volume, edge, volume.bytes());
        Convolved { volume, moments }
    }

    /// As [`Self::conv_onto`], for a norm.
    pub(super) fn conv_onto_to_norm(
        &mut self,
        volume: Volume,
        x: &Volume,
        edge: usize,
    ) -> Convolved {
        let moments = self.moments(&volume, edge);
        self.conv_onto(&volume, x, edge);
        Convolved { volume, moments }
    }

    fn moments(&mut self, output: &Volume, edge: usize) -> Option<Held> {
        let parts = moment_parts(output.channels, output.grid, taps(edge, 1))?;
        Some(self.make_full(output.channels * parts * 4))
    }

    /// The same onto `sum`.
    pub(super) fn conv_onto(&mut self, sum: &Volume, x: &Volume, edge: usize) {
        self.convolve(x, sum, edge, 2 * sum.bytes());
    }

    fn convolve(&mut self, x: &Volume, output: &Volume, edge: usize, moved_out: usize) {
        let products = x.channels * edge.pow(3);
        let stride = x.grid[0] / output.grid[0];
        // In the order in which threads read them, in whole blocks of channels.
        let weights = packed_channels(output.channels, output.grid, taps(edge, stride)) * products;
        let packed = self.constant(weights);
        let operations = cost::convolution(output.numbers(), products);
        self.launch(Kind::Other, 0, 0, 2 * weights);
        self.launch(
            Kind::Convolution,
            operations,
            x.bytes() + moved_out,
            weights,
        );
        self.drop(packed);
    }

    /// An instance norm with the rectifier after it: in the convolution's place where its moments are known.
    pub(super) fn norm(&mut self, x: impl Into<Convolved>) -> Volume {
        match x.into() {
            Convolved {
                volume,
                moments: Some(moments),
            } => {
                self.normalise(&volume, Some(moments), 2);
                volume
            }
            Convolved { volume, .. } => {
                let output = self.volume(volume.channels, volume.grid);
                self.normalise(&volume, None, 3);
                self.drop(volume.held);
                output
            }
        }
    }

    /// The same onto `residual`, which becomes the result.
    pub(super) fn norm_onto(&mut self, residual: Volume, x: impl Into<Convolved>) -> Volume {
        let Convolved { volume, moments } = x.into();
        let passes = if moments.is_some() { 3 } else { 4 };
        self.normalise(&volume, moments, passes);
        self.drop(volume.held);
        residual
    }

    fn normalise(&mut self, x: &Volume, moments: Option<Held>, passes: usize) {
        let partial = moments.unwrap_or_else(|| {
            let parts = (x.voxels() / 32).clamp(1, 1024);
            self.make_full(x.channels * parts * 4)
        });
        let statistics = self.make_full(x.channels * 2);
        self.launch(
            Kind::InstanceNorm,
            NORM_OPERATIONS * x.numbers() as u64,
            passes * x.bytes(),
            0,
        );
        self.drop(partial);
        self.drop(statistics);
    }

    /// The transposed convolution k2 s2 to `out` channels.
    pub(super) fn upsample(&mut self, x: &Volume, out: usize) -> Volume {
        let output = self.volume(out, x.grid.map(|edge| 2 * edge));
        let weights = x.channels * out * 8;
        self.launch(
            Kind::Upsample,
            cost::upsample(output.numbers(), x.channels),
            x.bytes() + output.bytes(),
            weights,
        );
        output
    }

    /// A linear layer over `rows`.
    pub(super) fn linear(&mut self, rows: usize, from: usize, to: usize) -> Held {
        let output = self.make(rows * to);
        self.linear_onto(rows, from, to, false);
        output
    }

    /// The same onto a residual that is there.
    pub(super) fn linear_onto(&mut self, rows: usize, from: usize, to: usize, onto: bool) {
        let moved = rows * (from + to * if onto { 2 } else { 1 });
        self.launch(
            Kind::Linear,
            cost::linear(rows, from, to),
            self.bytes(moved),
            from * to,
        );
    }

    /// The norm of a grid's tokens, as a volume.
    pub(super) fn token_norm(&mut self, grid: [usize; 3], channels: usize) -> Volume {
        let output = self.volume(channels, grid);
        self.launch(
            Kind::Linear,
            NORM_OPERATIONS * output.numbers() as u64,
            2 * output.bytes(),
            0,
        );
        output
    }

    /// Attention inside `windows` of `places` tokens; `rows` tokens in all.
    pub(super) fn attention(
        &mut self,
        (windows, places): (usize, usize),
        rows: usize,
        (channels, heads): (usize, usize),
    ) -> Held {
        let output = self.make(rows * channels);
        let scores = (windows * heads) as u64 * (places * places) as u64;
        self.launch(
            Kind::Attention,
            cost::attention(scores, channels / heads),
            self.bytes(4 * rows * channels),
            windows * places,
        );
        output
    }

    /// Something of so many numbers made of something else, number by number.
    pub(super) fn other(&mut self, numbers: usize) -> Held {
        let output = self.make(numbers);
        self.launch(Kind::Other, numbers as u64, self.bytes(2 * numbers), 0);
        output
    }

    /// `x` stored as tensors are from now on.
    pub(super) fn cast(&mut self, x: &Volume) -> Volume {
        let output = self.volume(x.channels, x.grid);
        self.launch(Kind::Other, 0, x.bytes() + output.bytes(), 0);
        output
    }
}
