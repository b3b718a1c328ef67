//! What `torch.distributed.checkpoint` saves is named as what it is.

use mts_unet::foreign::{Checkpoint, ForeignError};

use super::archive::{Sizes, zip};
use super::pickle::Pickle;
use super::torch::{Saved, View};

/// One tensor by itself, as each item of a shard is saved.
fn item(value: f32) -> Vec<u8> {
    item_as(value, Sizes::Short)
}

fn item_as(value: f32, sizes: Sizes) -> Vec<u8> {
    let mut saved = Saved::default();
    let bytes = [value; 6].iter().flat_map(|v| v.to_le_bytes()).collect();
    let storage = saved.storage("FloatStorage", bytes);
    let mut pickle = Pickle::new();
    let view = View {
        name: String::new(),
        storage,
        offset: 0,
        shape: vec![2, 3],
        strides: vec![3, 1],
    };
    saved.tensor(&mut pickle, &view);
    zip(&saved.parts(&pickle.finish()), sizes)
}

fn refusal(file: &[u8]) -> ForeignError {
    Checkpoint::read(file).expect_err("it is a part of a checkpoint")
}

#[test]
fn a_shard_is_named_and_not_called_damaged() {
    let shards = [
        item(1.0),
        [item(1.0), item(2.0)].concat(),
        [item(1.0), item(2.0), item(3.0)].concat(),
        [item_as(1.0, Sizes::Long), item_as(2.0, Sizes::Long)].concat(),
    ];
    for shard in shards {
        let refused = refusal(&shard);
        assert!(matches!(refused, ForeignError::Shard(_)), "{refused}");
        assert!(refused.to_string().contains(".distcp"), "{refused}");
        assert!(refused.mend().contains("dcp_to_torch_save"));
    }
}

#[test]
fn the_list_beside_the_shards_is_named_too() {
    let list = b"\x80\x04\x95\0\0\0\0\0\0\0\0\x8c&torch.distributed.checkpoint.metadata\x94\x8c\x08Metadata\x94";
    assert!(matches!(refusal(list), ForeignError::Shard(_)));
}

/// A zip archive behind something else is not taken for a shard.
#[test]
fn an_archive_that_lost_its_beginning_is_damaged_still() {
    let whole = item(1.0);
    let cut = [&whole[..40], &whole[90..]].concat();
    assert!(matches!(
        refusal(&cut),
        ForeignError::Damaged(_) | ForeignError::Truncated(_)
    ));
}
