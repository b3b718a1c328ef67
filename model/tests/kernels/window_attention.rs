//! Attention inside windows.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use mts_unet::kernels::window_attention::{Place, Sizes, Windows, twin, window_attention};

use crate::on::On;
use crate::{close, numbers};

/// For scores of ten or so.
const TOLERANCE: f32 = 2e-6;

/// Windows of five places over a grid of 13, two of them padding and some of other regions; the
/// bias table has a row for every distance along one axis.
struct Case {
    heads: usize,
    head: usize,
    places: Vec<Place>,
    codes: Vec<u32>,
    origin: usize,
    grid: usize,
    /// Queries, keys and values reach this far; scores go with the square.
    reach: f32,
}

fn case(heads: usize, head: usize, per_window: usize, grid: usize) -> Case {
    let windows = grid.div_ceil(per_window);
    let place = |i: usize| Place {
        // Not in order, and each once; 5 has no divisor in common with the counts below.
        token: i * 5 % (windows * per_window),
        region: (i % 3 == 1) as u8 * 4 + (i / per_window % 2) as u8 * (i % 2) as u8,
    };
    Case {
        heads,
        head,
        places: (0..windows * per_window).map(place).collect(),
        codes: (0..per_window as u32).collect(),
        origin: per_window - 1,
        grid,
        // Large enough for the softmax to matter.
        reach: 3.0,
    }
}

/// All of one region.
fn open(mut case: Case) -> Case {
    case.places.iter_mut().for_each(|place| place.region = 0);
    case
}

/// With scores of hundreds, beyond what e^x may be taken of as it is.
fn loud(case: Case) -> Case {
    Case {
        reach: 12.0,
        ..case
    }
}

fn cases() -> Vec<Case> {
    vec![
        case(3, 4, 4, 13),
        case(2, 16, 7, 21),
        case(1, 6, 11, 60),
        case(4, 8, 1, 3),
        case(3, 4, 73, 1000),
        // Whole vectors of the CPU and a rest.
        open(case(3, 4, 73, 1000)),
        open(case(2, 8, 73, 100)),
        loud(case(3, 4, 73, 146)),
        loud(open(case(3, 4, 73, 146))),
    ]
}

impl Case {
    fn check(&self, on: &On) {
        let channels = self.heads * self.head;
        let padded = self.places.iter().any(|place| place.token >= self.grid);
        let rows = self.grid + usize::from(padded);
        let places: Vec<Place> = self
            .places
            .iter()
            .map(|place| Place {
                token: place.token.min(self.grid),
                ..*place
            })
            .collect();
        // Two samples.
        let qkv = numbers(2 * rows * 3 * channels, 2).into_iter();
        let qkv = on.rounded(qkv.map(|value| value * self.reach).collect());
        let bias = numbers((2 * self.origin + 1) * self.heads, 7);
        let sizes = Sizes {
            places: self.codes.len(),
            heads: self.heads,
            grid: self.grid,
            origin: self.origin,
        };
        let expected: Vec<f32> = qkv
            .chunks(rows * 3 * channels)
            .flat_map(|qkv| twin(qkv, &bias, &places, &self.codes, sizes))
            .collect();

        let windows = Windows::new(
            &self.places,
            &self.codes,
            self.origin,
            self.grid,
            &on.device,
        );
        assert_eq!(windows.padded(), padded);
        let found = window_attention(
            on.stored(&qkv, [2, rows, 3 * channels]),
            on.parameter(&bias, [2 * self.origin + 1, self.heads]),
            &windows,
        );
        assert_eq!(found.dims(), [2, self.grid, channels]);
        close(
            &found.reshape([2, self.grid, channels, 1, 1]),
            &expected,
            // What the scores' last digit is, and the values with it.
            TOLERANCE * (self.reach / 3.0).powi(3),
        );
    }
}

#[test]
fn cases_hold_padding_and_regions() {
    let all = cases();
    let padding = |case: &Case| case.places.iter().any(|place| place.token >= case.grid);
    assert!(all.iter().any(padding) && !all.iter().all(padding));
    let regions = |case: &Case| case.places.iter().any(|place| place.region > 0);
    assert!(all.iter().any(regions) && !all.iter().all(regions));
}

#[test]
fn a_key_that_is_no_number_shows_in_what_sees_it() {
    let places: Vec<Place> = (0..40).map(|token| Place { token, region: 0 }).collect();
    let device = Device::flex();
    let windows = Windows::new(&places, &(0..20).collect::<Vec<u32>>(), 19, 40, &device);
    let mut qkv = numbers(40 * 12, 3);
    // The fifth token's key.
    qkv[5 * 12 + 6] = f32::NAN;
    let found = window_attention(
        Tensor::from_data(TensorData::new(qkv, [1, 40, 12]), &device),
        Tensor::zeros([39, 1], &device),
        &windows,
    );
    let found: Vec<f32> = found.into_data().try_to_vec().unwrap();
    assert!(found[..20 * 4].iter().all(|value| value.is_nan()));
    assert!(found[20 * 4..].iter().all(|value| value.is_finite()));
}

/// Small scores take one pass over the keys, large ones several: a pass that is no quicker has lost its wide vectors,
/// which nothing else would tell.
#[test]
fn on_the_cpu_small_scores_are_the_quicker() {
    const EDGE: usize = 7 * 7 * 7;
    const TOKENS: usize = 8 * EDGE;
    let device = Device::flex();
    let places: Vec<Place> = (0..TOKENS)
        .map(|token| Place { token, region: 0 })
        .collect();
    let codes: Vec<u32> = (0..EDGE as u32).collect();
    let windows = Windows::new(&places, &codes, EDGE - 1, TOKENS, &device);
    let bias = Tensor::zeros([2 * EDGE - 1, 3], &device);
    let qkv = |reach: f32| {
        let values = numbers(TOKENS * 36, 5)
            .into_iter()
            .map(|value| value * reach);
        let values = TensorData::new(values.collect(), [1, TOKENS, 36]);
        Tensor::<3>::from_data(values, &device)
    };
    let all = [qkv(1.0), qkv(20.0)];
    let mut least = [f64::INFINITY; 2];
    for _ in 0..15 {
        for (qkv, least) in all.iter().zip(&mut least) {
            let begun = Instant::now();
            let found = window_attention(qkv.clone(), bias.clone(), &windows);
            assert_eq!(found.dims(), [1, TOKENS, 12]);
            *least = least.min(begun.elapsed().as_secs_f64());
        }
    }
    println!(
        "{:.4} s in one pass, {:.4} s in several",
        least[0], least[1]
    );
    assert!(least[0] < least[1], "{least:?}");
}

#[test]
fn twin_shares_out_evenly_what_scores_alike() {
    // One head of one channel, no query, no bias: the mean of the values of one's own region.
    let places = [(0, 0), (1, 0), (2, 1), (3, 0)].map(|(token, region)| Place { token, region });
    let values = [3.0, 5.0, 11.0, 10.0];
    let qkv: Vec<f32> = values.iter().flat_map(|&v| [0.0, 1.0, v]).collect();
    let sizes = Sizes {
        places: 4,
        heads: 1,
        grid: 4,
        origin: 3,
    };
    let found = twin(&qkv, &[0.0; 7], &places, &[0, 1, 2, 3], sizes);
    assert_eq!(found, [6.0, 6.0, 11.0, 6.0]);
}

#[test]
fn cpu_answers_as_the_twin() {
    for case in cases() {
        case.check(&On::cpu());
    }
}

#[test]
fn gpu_answers_as_the_twin() {
    for on in On::gpu() {
        for case in cases() {
            case.check(&on);
        }
    }
}
