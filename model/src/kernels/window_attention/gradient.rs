//! The gradients of the window attention. Scores are computed once more: keeping them would take
//! hundreds of megabytes.

#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "gpu")]
pub(in crate::kernels) mod put_back;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, Flex};

use super::{Sizes, WindowAttention, cpu};

/// What a backend gives for the way back.
pub trait WindowAttentionBack: WindowAttention {
    /// The gradients of `qkv` and `bias`, from the output's.
    fn attention_gradients(
        state: State<Self>,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl WindowAttentionBack for Flex {
    fn attention_gradients(
        state: State<Self>,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let State {
            qkv,
            bias,
            tokens,
            codes,
            sizes,
        } = state;
        cpu::gradients(qkv, &bias, &tokens, &codes, sizes, gradient)
    }
}

/// What went in.
#[derive(Clone, Debug)]
pub struct State<B: burn::backend::Backend> {
    qkv: FloatTensor<B>,
    bias: FloatTensor<B>,
    tokens: IntTensor<B>,
    codes: IntTensor<B>,
    sizes: Sizes,
}

#[derive(Debug)]
struct Attention;

impl<B: WindowAttentionBack> Backward<B, 2> for Attention {
    type State = State<B>;

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (qkv, bias) = B::attention_gradients(ops.state, gradient);
        for (node, gradient) in ops.parents.into_iter().zip([qkv, bias]) {
            if let Some(node) = node {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: WindowAttentionBack, C: CheckpointStrategy> WindowAttention for Autodiff<B, C> {
    fn window_attention(
        qkv: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        tokens: IntTensor<Self>,
        codes: IntTensor<Self>,
        sizes: Sizes,
    ) -> FloatTensor<Self> {
        let operation = Attention.prepare::<C>([qkv.node(), bias.node()]);
        let state = State::<B> {
            qkv: qkv.into_primitive(),
            bias: bias.into_primitive(),
            tokens,
            codes,
            sizes,
        };
        let State {
            qkv,
            bias,
            tokens,
            codes,
            sizes,
        } = state.clone();
        match operation.compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                prep.finish(state, B::window_attention(qkv, bias, tokens, codes, sizes))
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::window_attention(qkv, bias, tokens, codes, sizes))
            }
        }
    }
}
