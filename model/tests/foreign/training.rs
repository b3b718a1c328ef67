//! What trainings save beside their weights is passed over.
#![allow(clippy::unwrap_used, reason = "tests")]

use mts_unet::foreign::{Checkpoint, ForeignError, Kind, Words, convert};

use super::archive::{Sizes, zip};
use super::network;
use super::pickle::Pickle;
use super::torch::{Saved, View};

/// As CPython 3.11 and NumPy 2 pickle them at protocol 2, which torch uses; of older NumPy, see
/// [`Saved::pickle`].
const PLAIN: [(&str, &[u8]); 19] = [
    (
        // Namespace(lr=1e-4, roi=96, tags={"a"})
        "args",
        b"cargparse\nNamespace\n)\x81}(X\x02\0\0\0lrG?\x1a6\xe2\xeb\x1cC-X\x03\0\0\0roiK`X\x04\0\0\0tags\
          c__builtin__\nset\n]X\x01\0\0\0aa\x85Rub",
    ),
    ("config", b"ctypes\nSimpleNamespace\n)R}X\x01\0\0\0aK\x01sb"),
    (
        // defaultdict(list, {"loss": [0.5]})
        "history",
        b"ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RX\x04\0\0\0loss]G?\xe0\0\0\0\0\0\0as",
    ),
    (
        "counts",
        b"ccollections\nCounter\n}(X\x01\0\0\0aK\x02X\x01\0\0\0bK\x01u\x85R",
    ),
    (
        "last",
        b"ccollections\ndeque\n)K\x03\x86R(G?\xf0\0\0\0\0\0\0G@\0\0\0\0\0\0\0e",
    ),
    (
        // datetime(2024, 5, 1, tzinfo=timezone.utc)
        "started",
        b"cdatetime\ndatetime\nc_codecs\nencode\nX\x0b\0\0\0\x07\xc3\xa8\x05\x01\0\0\0\0\0\0X\x06\0\0\0latin1\
          \x86Rcdatetime\ntimezone\ncdatetime\ntimedelta\nK\0K\0K\0\x87R\x85R\x86R",
    ),
    ("folder", b"cpathlib\nPosixPath\nX\x04\0\0\0runsX\x05\0\0\0fold0\x86R"),
    (
        // A 2 × 3 array in Fortran's order.
        "confusion",
        b"cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85c_codecs\nencode\nq\xc8X\x01\0\0\0bX\
          \x06\0\0\0latin1q\xc9\x86R\x87R(K\x01K\x02K\x03\x86cnumpy\ndtype\nX\x02\0\0\0f4\x89\x88\x87R(K\x03X\
          \x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x88h\xc8X\x1b\0\0\0\0\0\0\0\0\0@@\0\0\xc2\x80?\0\
          \0\xc2\x80@\0\0\0@\0\0\xc2\xa0@h\xc9\x86Rtb",
    ),
    (
        "best_dice",
        b"cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87R(K\x03X\x01\0\0\0<NNNJ\xff\
          \xff\xff\xffJ\xff\xff\xff\xffK\0tbc_codecs\nencode\nX\r\0\0\0\xc3\x83\xc3\xb5(\\\xc2\x8f\xc3\x82\xc3\
          \xad?X\x06\0\0\0latin1\x86R\x86R",
    ),
    ("precision", b"cnumpy\nfloat32\n"),
    ("type", b"ctorch\nfloat32\n"),
    ("roi", b"ctorch\nSize\nK`K`K`\x87\x85R"),
    ("device", b"ctorch\ndevice\nX\x04\0\0\0cudaK\0\x86R"),
    ("folds", b"c__builtin__\nfrozenset\n]K\x01a\x85R"),
    ("slices", b"c__builtin__\nslice\nK\x01K\x02N\x87R"),
    ("seed", b"\x8a\x0b\0\0\0\0\0\0\0\0\0\0\x01"),
    ("run", b"cuuid\nUUID\n)\x81}X\x03\0\0\0intK\x05sb"),
    (
        "hyper_parameters",
        b"clightning.fabric.utilities.data\nAttributeDict\n)\x81X\x02\0\0\0lrG?\x1a6\xe2\xeb\x1cC-s",
    ),
    // A tuple in a list that is in the tuple.
    ("odd", b"]q\xc8h\xc8\x85q\xc9a0h\xc9"),
];

fn numbers() -> Vec<f32> {
    (0..6).map(|i| i as f32 * 0.25 - 1.0).collect()
}

fn small() -> Saved {
    Saved::of(&[("a.weight".to_owned(), vec![2, 3], numbers())])
}

/// One tensor's operations.
fn tensor(saved: &mut Saved, shape: &[usize]) -> Vec<u8> {
    let count = shape.iter().product::<usize>();
    let storage = saved.storage("FloatStorage", vec![7; 4 * count]);
    let view = View {
        name: String::new(),
        storage,
        offset: 0,
        shape: shape.into(),
        strides: super::torch::c_strides(shape),
    };
    let mut pickle = Pickle::default();
    saved.tensor(&mut pickle, &view);
    pickle.finish()[..].split_last().unwrap().1.to_vec()
}

#[test]
fn each_plain_value_is_passed_over() {
    for (name, operations) in PLAIN {
        let file = small().beside("net", &[(name, operations)]);
        let checkpoint = Checkpoint::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(checkpoint.values("a.weight").unwrap(), numbers(), "{name}");
        assert_eq!(checkpoint.tensors().count(), 1, "{name}");
    }
    Checkpoint::read(&small().beside("net", &PLAIN)).unwrap();
}

/// The same values in the operations of protocol 4: sets of their own, long bytes, NEWOBJ_EX.
#[test]
fn newer_operations_of_plain_values_are_passed_over() {
    for operations in [
        &b"\x8f(K\x01K\x02\x90"[..],
        b"(K\x01\x91",
        b"\x8e\x02\0\0\0\0\0\0\0ab",
        b"\x96\x02\0\0\0\0\0\0\0ab",
        b"\x8b\x0b\0\0\0\0\0\0\0\0\0\0\0\0\0\x01",
        b"\x8c\x08argparse\x8c\x09Namespace\x93)}\x92}b",
        // POP_MARK takes what is above the mark.
        b"K\x05(K\x01K\x021",
    ] {
        let file = small().beside("net", &[("x", operations)]);
        Checkpoint::read(&file).unwrap_or_else(|error| panic!("{operations:?}: {error}"));
    }
}

#[test]
fn a_tensor_with_a_class_of_its_own_is_the_same_tensor() {
    let mut saved = small();
    let view = saved.views.remove(0);
    let mut inner = Pickle::default();
    saved.tensor(&mut inner, &view);
    let inner = inner.finish();
    // What `_rebuild_tensor_v2` is called with, between its name and the call.
    let name = b"ctorch._utils\n_rebuild_tensor_v2\nq\0";
    let arguments = inner.strip_prefix(name).unwrap().strip_suffix(b"Rq\x0b.");
    let operations = [
        &b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\ncmonai.data.meta_tensor\n\
           MetaTensor\n"[..],
        arguments.expect("how a tensor ends"),
        b"}X\x08\0\0\0is_batch\x89stR",
    ]
    .concat();
    let dict = [b"}X\x08\0\0\0a.weight", &operations[..], b"s"].concat();
    let mut pickle = Pickle::new();
    let pickle = pickle.raw(&dict).finish();
    let file = zip(&saved.parts(&pickle), Sizes::Short);
    let checkpoint = Checkpoint::read(&file).unwrap();
    assert_eq!(checkpoint.values("a.weight").unwrap(), numbers());
}

/// A Swin UNETR as a training saves it, with what the training needs to go on.
#[test]
fn an_ordinary_training_checkpoint_is_converted() {
    let tensors = network::tensors(&network::config([2, 2, 2, 2]));
    let words = Words::default();
    let converted = |file: &[u8]| convert(file, &Kind::MonaiBrats21.into(), &words);
    let expected = converted(&network::saved(&tensors).file(super::torch::Place::Root));
    let expected = expected.unwrap().tensors;
    for key in ["model", "model_state_dict", "net", "state_dict"] {
        let mut saved = network::saved(&tensors);
        let loss = tensor(&mut saved, &[]);
        let moment = tensor(&mut saved, &[4, 5]);
        // {"state": {0: {"exp_avg": …}}, "param_groups": [{"lr": …}]}
        let optimizer = [
            &b"}(X\x05\0\0\0state}K\0}X\x07\0\0\0exp_avg"[..],
            &moment,
            b"ssX\x0c\0\0\0param_groups]}X\x02\0\0\0lrG?\x1a6\xe2\xeb\x1cC-sau",
        ]
        .concat();
        // A random state among the values, which is a dictionary with a tensor in it.
        let random = [&b"}X\x05\0\0\0torch"[..], &moment, b"s"].concat();
        let mut others = PLAIN.to_vec();
        others.push(("loss", &loss));
        others.push(("optimizer", &optimizer));
        others.push(("random", &random));
        let file = saved.beside(key, &others);
        assert_eq!(converted(&file).unwrap().tensors, expected, "{key}");
    }
}

#[test]
fn a_trainings_numbers_among_the_weights_are_no_weights() {
    let tensors = network::tensors(&network::config([2, 2, 2, 2]));
    let words = Words::default();
    let converted = |saved: &Saved| {
        let file = saved.file(super::torch::Place::Root);
        convert(&file, &Kind::MonaiBrats21.into(), &words)
    };
    let expected = converted(&network::saved(&tensors)).unwrap().tensors;
    let mut saved = network::saved(&tensors);
    for view in &mut saved.views {
        view.name = format!("module.{}", view.name);
    }
    let storage = saved.storage("LongStorage", vec![0; 64]);
    // As torch.optim.swa_utils.AveragedModel has it, as Lightning has a loss's weights.
    saved.view("n_averaged", storage, 0, &[], &[]);
    saved.view("module.n_averaged", storage, 0, &[1], &[1]);
    saved.view("loss", storage, 0, &[], &[]);
    saved.view("loss_fn.class_weights", storage, 0, &[2, 3], &[3, 1]);
    assert_eq!(converted(&saved).unwrap().tensors, expected);
    // What is called as a part of the network is one.
    saved.view("decoder1.extra", storage, 0, &[2, 3], &[3, 1]);
    assert!(matches!(converted(&saved), Err(ForeignError::Keys { .. })));
}

#[test]
fn of_two_networks_the_one_that_was_trained_is_taken() {
    let name = "module.swinViT.patch_embed.proj.weight";
    let mut saved = Saved::of(&[(name.to_owned(), vec![2, 3], numbers())]);
    let other = tensor(&mut saved, &[4]);
    let average = [&b"}X\x26\0\0\0"[..], name.as_bytes(), &other, b"s"].concat();
    let file = saved.beside("model", &[("ema", &average)]);
    let checkpoint = Checkpoint::read(&file).unwrap();
    assert_eq!(checkpoint.values(name).unwrap(), numbers());
    // Neither name says so.
    let file = saved.beside("student", &[("teacher", &average)]);
    let words = Checkpoint::read(&file).unwrap_err().to_string();
    assert!(
        words.contains("teacher") && words.contains("student"),
        "{words}"
    );
}

/// NumPy's arrays are passed over wherever they stand: none is ever read in the wrong order.
#[test]
fn numpy_arrays_are_never_taken_for_weights() {
    let (_, array) = PLAIN[7];
    let mut pickle = Pickle::new();
    let dict = [&b"}X\x08\0\0\0a.weight"[..], array, b"s"].concat();
    let pickle = pickle.raw(&dict).finish();
    let file = zip(&Saved::default().parts(&pickle), Sizes::Short);
    assert!(matches!(
        Checkpoint::read(&file),
        Err(ForeignError::NoStateDict(_))
    ));
}
