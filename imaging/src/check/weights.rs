//! The weights of the sequence check: a logistic regression over the ways to name the scans of a case.
//!
//! Fitted to 44 BraTS 2021 cases of four sequences and 46 TCGA-LGG patients without T2, skulls taken off by program, with a
//! penalty of 0.1 on the squared weights of standardised measures; `cargo run --release -p imaging --example sequences`
//! fits such weights anew. Of 57 other cases (11 of BraTS and the samples, 46 of TCGA-LGG) 54 were named rightly, one
//! wrongly by more than the margin; of all exchanges of two scans 98 % were noticed, of T1 and T1ce, where next to nothing
//! may take up contrast agent, 95 %.

use super::contrast::{ALONE as A, BETWEEN as B};

/// For what a scan says alone, by the channel of the name that it is given.
#[rustfmt::skip]
pub(super) const ALONE: [[f64; A]; 4] = [
    [-7.461, 2.085, 7.113, -1.241, 0.741, -0.565],
    [7.721, -3.646, 0.412, -1.642, 0.040, 0.797],
    [-1.514, 0.126, -6.494, 1.905, -0.955, -0.725],
    [1.254, 1.434, -1.030, 0.978, 0.175, 0.493],
];

/// For what one scan says of another, by the channels of both names.
#[rustfmt::skip]
pub(super) const BETWEEN: [[[f64; B]; 4]; 4] = [
    [
        [0.000, 0.000, 0.000, 0.000, 0.000],
        [0.176, -1.564, -0.072, 0.502, -1.322],
        [-1.398, 4.611, -0.515, -0.131, 1.594],
        [0.307, 2.109, 1.240, 0.742, 1.033],
    ],
    [
        [0.176, -3.856, 0.717, -0.229, 1.500],
        [0.000, 0.000, 0.000, 0.000, 0.000],
        [2.559, -2.716, 0.777, 3.219, -0.107],
        [-1.187, -0.418, -1.018, 0.293, 0.378],
    ],
    [
        [-1.398, -1.071, -1.633, 0.966, -0.786],
        [2.559, 1.488, 1.819, -3.216, 0.109],
        [0.000, 0.000, 0.000, 0.000, 0.000],
        [-0.457, 0.565, 0.913, -0.012, -0.993],
    ],
    [
        [0.307, -0.974, 0.387, -0.689, -1.018],
        [-1.187, -0.161, -1.294, -1.069, -1.298],
        [-0.457, 1.986, -1.321, -0.376, 0.911],
        [0.000, 0.000, 0.000, 0.000, 0.000],
    ],
];
