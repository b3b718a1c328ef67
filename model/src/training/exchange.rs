//! A module's weights and gradients as plain numbers, in the order of its parameters, for another device. What a GPU
//! has is read together, so that it is waited for once.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData, Transaction};

/// All weights.
pub(super) fn weights<M: Module>(module: &M) -> Vec<TensorData> {
    struct Reader(Vec<TensorData>);
    impl ModuleVisitor for Reader {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.push(param.val().into_data());
        }
    }
    let mut reader = Reader(Vec::new());
    module.visit(&mut reader);
    reader.0
}

/// `module` on `device`, with these weights.
pub(super) fn with_weights<M: Module>(module: M, weights: &[TensorData], device: &Device) -> M {
    struct Writer<'a>(std::slice::Iter<'a, TensorData>, &'a Device);
    impl ModuleMapper for Writer<'_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Some(data) = self.0.next() else {
                return param;
            };
            let here = Tensor::<D>::from_data(data.clone(), self.1).require_grad();
            Param::initialized(param.id, here)
        }
    }
    module.map(&mut Writer(weights.iter(), device))
}

/// The gradients of `module`; none of a parameter that has none.
pub(super) fn gradients<M: Module>(
    module: &M,
    gradients: GradientsParams,
) -> Vec<Option<TensorData>> {
    struct Reader(GradientsParams, Vec<bool>, Transaction);
    impl ModuleVisitor for Reader {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = self.0.remove::<D>(param.id);
            self.1.push(gradient.is_some());
            if let Some(gradient) = gradient {
                self.2 = std::mem::take(&mut self.2).register(gradient);
            }
        }
    }
    let mut reader = Reader(gradients, Vec::new(), Transaction::default());
    module.visit(&mut reader);
    let mut found = reader.2.execute().into_iter();
    let there = reader.1.into_iter();
    there
        .map(|there| there.then(|| found.next()).flatten())
        .collect()
}

/// What [`gradients`] gave, on `device`.
pub(super) fn gradients_on<M: Module>(
    device: &Device,
    module: &M,
    gradients: Vec<Option<TensorData>>,
) -> GradientsParams {
    struct Writer<'a>(
        std::vec::IntoIter<Option<TensorData>>,
        &'a Device,
        GradientsParams,
    );
    impl ModuleVisitor for Writer<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(data) = self.0.next().flatten() {
                let here = Tensor::<D>::from_data(data, self.1);
                self.2.register(param.id, here);
            }
        }
    }
    let mut writer = Writer(gradients.into_iter(), device, GradientsParams::new());
    module.visit(&mut writer);
    writer.2
}
