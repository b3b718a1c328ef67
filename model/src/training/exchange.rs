//! A module's weights and gradients as plain numbers, in the order of its parameters, for another device.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

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
    struct Reader(GradientsParams, Vec<Option<TensorData>>);
    impl ModuleVisitor for Reader {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = self.0.remove::<D>(param.id);
            self.1.push(gradient.map(Tensor::into_data));
        }
    }
    let mut reader = Reader(gradients, Vec::new());
    module.visit(&mut reader);
    reader.1
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
