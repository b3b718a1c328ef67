//! Which example a step draws, and whether another's tumour is set into it.

use std::sync::Arc;

use rand::RngExt;

use super::{Pools, TrainError};
use crate::network::Mismatch;
use crate::training::example::Example;
use crate::training::joint::{CaseClasses, Classes};
use crate::training::numbers::chance;
use crate::training::paint;
use crate::training::recipe::Recipe;
use crate::training::vary::{Window, draw, draw_mixed};

/// What a step draws.
pub(super) struct Drawn {
    pub(super) window: Window,
    /// Of the tumour in the window, where there is some and it is the case's own.
    pub(super) classes: Classes,
    /// Whether T2 and FLAIR are there, and neither is painted.
    pub(super) mismatch: Mismatch,
}

/// Which example a step draws.
pub(super) struct Choices<'a> {
    classes: &'a CaseClasses,
    pools: Vec<Pool<'a>>,
    painted: f64,
    mixed: f64,
    donors: Donors<'a>,
}

/// Examples of a kind.
struct Pool<'a> {
    /// How often one of these is drawn.
    part: f64,
    examples: &'a [Example],
    /// The same with what they lack.
    painted: Arc<[Option<Example>]>,
}

/// Cases with expert labels, whose tumours are set into others: each as it is and, where it lacks something,
/// with that painted.
struct Donors<'a> {
    examples: &'a [Example],
    painted: Arc<[Option<Example>]>,
}

impl<'a> Choices<'a> {
    /// Paints what cases lack where the recipe wants it; an error where there is nothing to draw from.
    pub(super) fn new(recipe: &Recipe, pools: &'a Pools) -> Result<Self, TrainError> {
        let (draw, classes) = (&recipe.draw, &pools.classes);
        let lenders: Vec<&Example> = pools.expert.iter().collect();
        let paint = |examples: &[Example], wanted: bool| -> Arc<[Option<Example>]> {
            if wanted {
                paint::completed(examples, &lenders, recipe.seed).into()
            } else {
                vec![None; examples.len()].into()
            }
        };
        let painted = draw.painted > 0.0;
        let donors = Donors {
            examples: &pools.expert,
            painted: paint(&pools.expert, painted || draw.mixed > 0.0),
        };
        let pool = |part, examples: &'a [Example], painted| {
            (part > 0.0 && !examples.is_empty()).then_some(Pool {
                part,
                examples,
                painted,
            })
        };
        let (whole_tumour, phantom) = (&pools.whole_tumour, &pools.phantom);
        let pools = [
            pool(draw.expert, &pools.expert, Arc::clone(&donors.painted)),
            pool(
                draw.whole_tumour,
                whole_tumour,
                paint(whole_tumour, painted),
            ),
            pool(draw.phantom, phantom, paint(phantom, painted)),
        ];
        let pools: Vec<_> = pools.into_iter().flatten().collect();
        if pools.is_empty() {
            return Err(TrainError::NoCases);
        }
        Ok(Self {
            classes,
            pools,
            painted: draw.painted,
            mixed: draw.mixed,
            donors,
        })
    }

    /// Another case's tumour for `example`, which must be seen in every sequence that it has.
    fn donor(&self, example: &Example, rng: &mut impl RngExt) -> Option<&Example> {
        if self.mixed == 0.0 || !rng.random_bool(self.mixed) {
            return None;
        }
        let fits = |donor: &&Example| {
            let mut both = example.channels.iter().zip(&donor.channels);
            let has_all = both.all(|(has, given)| has.is_none() || given.is_some());
            donor.name != example.name && has_all && donor.labels.iter().any(|&label| label > 0)
        };
        let Donors { examples, painted } = &self.donors;
        let donors = examples.iter().chain(painted.iter().flatten());
        let fitting: Vec<&Example> = donors.filter(fits).collect();
        let place = (!fitting.is_empty()).then(|| rng.random_range(0..fitting.len()))?;
        Some(fitting[place])
    }

    /// Window `part` of a step: by their numbers and the seed alone, so that a run can go on.
    pub(super) fn window(&self, recipe: &Recipe, step: usize, part: usize) -> Drawn {
        let number = (step * recipe.batch + part) as u64;
        let mut rng = chance(recipe.seed, number);
        let all: f64 = self.pools.iter().map(|pool| pool.part).sum();
        let mut at = rng.random::<f64>() * all;
        let mut chosen = &self.pools[self.pools.len() - 1];
        for pool in &self.pools {
            if at < pool.part {
                chosen = pool;
                break;
            }
            at -= pool.part;
        }
        let place = rng.random_range(0..chosen.examples.len());
        let painted = chosen.painted[place].as_ref();
        let example = painted
            .filter(|_| rng.random_bool(self.painted))
            .unwrap_or(&chosen.examples[place]);
        let (edges, variation) = (recipe.window(step), &recipe.variation);
        let donor = self.donor(example, &mut rng);
        let window = match donor {
            Some(donor) => draw_mixed(example, donor, edges, variation, rng.random()),
            None => draw(example, edges, variation, rng.random()),
        };
        let classes = self.classes.get(&example.name).filter(|_| donor.is_none());
        let has_tumour = window.labels.iter().any(|&label| label > 0);
        Drawn {
            classes: classes.filter(|_| has_tumour).copied().unwrap_or_default(),
            mismatch: mismatch(&chosen.examples[place], &window),
            window,
        }
    }
}

/// Whether `window`, drawn from `example` as it was scanned or as it was painted, has T2 and FLAIR that were scanned.
fn mismatch(example: &Example, window: &Window) -> Mismatch {
    let voxels = window.labels.len();
    Mismatch::of(|sequence| {
        let channel = sequence.channel();
        let values = &window.input[channel * voxels..][..voxels];
        example.channels[channel].is_some() && values.iter().any(|&value| value != 0.0)
    })
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;
    use crate::training::Truth;
    use crate::training::recipe::Draw;

    const DIMS: [usize; 3] = [12, 10, 9];
    const VOXELS: usize = 1080;

    /// The sequences that `has` tells; `tumour` in its middle planes.
    fn example(name: &str, has: [bool; 4], tumour: u8, truth: Truth) -> Example {
        let value = |at: usize| f16::from_f32((at * 37 % 101) as f32 / 50.0 - 1.0);
        let channel = |has: bool| has.then(|| (0..VOXELS).map(value).collect());
        let label = |at: usize| tumour * u8::from((4..8).contains(&(at / 90)));
        Example {
            name: name.into(),
            dims: DIMS,
            channels: has.map(channel),
            brain: vec![true; VOXELS],
            labels: (0..VOXELS).map(label).collect(),
            truth,
        }
    }

    fn pools() -> Pools {
        Pools {
            expert: vec![
                example("all", [true; 4], 1, Truth::Kinds),
                example("two", [true, false, true, false], 3, Truth::Kinds),
                example("sound", [true; 4], 0, Truth::Kinds),
            ],
            whole_tumour: vec![example(
                "three",
                [true, true, true, false],
                4,
                Truth::WholeTumour,
            )],
            ..Pools::default()
        }
    }

    fn recipe(draw: Draw) -> Recipe {
        Recipe {
            draw,
            ..Recipe::default()
        }
    }

    #[test]
    fn a_donor_is_another_with_a_tumour_seen_in_every_sequence() {
        let pools = pools();
        let draw = Draw {
            mixed: 1.0,
            ..Draw::default()
        };
        let choices = Choices::new(&recipe(draw), &pools).unwrap();
        let mut rng = chance(1, 1);
        let mut names = |example: &Example| {
            let mut names: Vec<String> = (0..40)
                .filter_map(|_| Some(choices.donor(example, &mut rng)?.name.clone()))
                .collect();
            names.sort();
            names.dedup();
            names
        };
        // What `two` lacks is painted in its second copy.
        assert_eq!(names(&pools.whole_tumour[0]), ["all", "two"]);
        assert_eq!(names(&pools.expert[0]), ["two"]);
        assert_eq!(names(&pools.expert[1]), ["all"]);
    }

    #[test]
    fn a_tumour_of_known_kind_is_set_in_as_often_as_told() {
        let pools = pools();
        let known = |mixed| {
            let draw = Draw {
                expert: 0.0,
                whole_tumour: 1.0,
                mixed,
                ..Draw::default()
            };
            let recipe = recipe(draw);
            let choices = Choices::new(&recipe, &pools).unwrap();
            let windows = (0..20).map(|step| choices.window(&recipe, step, 0).window);
            let known = |w: &Window| w.labels.iter().any(|label| [1, 2, 3].contains(label));
            windows.filter(known).count()
        };
        assert_eq!((known(0.0), known(1.0)), (0, 20));
        assert!((3..17).contains(&known(0.5)));
    }
}
