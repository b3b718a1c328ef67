//! What the measures mean, in words that stand beside them: the same name is reckoned differently
//! elsewhere.

use std::collections::BTreeMap;

/// HD95.
pub const HD95: &str = "The 95th percentile Hausdorff distance in mm, as MONAI defines it (compute_hausdorff_distance with percentile 95 and the voxels' spacing): the distance of each surface voxel of one mask to the nearest surface voxel of the other, centre to centre; its 95th percentile, interpolated linearly, in each direction; the larger of the two. Programs that pool both directions before the percentile (medpy), or weight the surface by its area, give other numbers.";

/// What Dice and HD95 are where a region was not drawn or not found.
pub const EMPTY: &str = "Empty against empty, a region that was neither drawn nor found: Dice 1, HD95 0 mm. A region that only one of both has: Dice 0, HD95 373.13 mm, the diagonal of BraTS's volume; MONAI gives no number there.";

/// Means over some of the cases.
const WHERE: &str = "Means over the cases in which the expert drew any of the region, and over those in which it is 1 mL or more. Means over all cases count empty against empty too.";

/// The definitions by what they define, as `metrics.json` has them.
#[must_use]
pub fn definitions() -> BTreeMap<String, String> {
    [
        (
            "dice",
            "2·|A∩B| / (|A|+|B|), in voxels of the expert's mask.",
        ),
        ("hd95_mm", HD95),
        ("empty", EMPTY),
        ("where_present and from_1_ml", WHERE),
    ]
    .into_iter()
    .map(|(name, words)| (name.to_owned(), words.to_owned()))
    .collect()
}
