//! What `torch.save` writes, written without torch.

use super::archive::{Part, Sizes, zip};
use super::pickle::Pickle;

/// A tensor's place in a storage.
#[derive(Clone)]
pub struct View {
    pub name: String,
    pub storage: usize,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// Where the tensors stand in the file.
#[derive(Clone, Copy, PartialEq)]
pub enum Place {
    /// The file is the state dict.
    Root,
    /// Under this key, beside an epoch and a score.
    Under(&'static str),
}

/// A checkpoint to be saved.
#[derive(Clone, Default)]
pub struct Saved {
    /// Torch's type and the bytes.
    pub storages: Vec<(&'static str, Vec<u8>)>,
    pub views: Vec<View>,
}

impl Saved {
    /// Float tensors, each in its own storage.
    pub fn of(tensors: &[(String, Vec<usize>, Vec<f32>)]) -> Self {
        let mut saved = Self::default();
        for (name, shape, values) in tensors {
            let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            let storage = saved.storage("FloatStorage", bytes);
            saved.view(name, storage, 0, shape, &c_strides(shape));
        }
        saved
    }

    pub fn storage(&mut self, kind: &'static str, bytes: Vec<u8>) -> usize {
        self.storages.push((kind, bytes));
        self.storages.len() - 1
    }

    pub fn view(
        &mut self,
        name: &str,
        storage: usize,
        offset: usize,
        shape: &[usize],
        strides: &[usize],
    ) {
        self.views.push(View {
            name: name.into(),
            storage,
            offset,
            shape: shape.into(),
            strides: strides.into(),
        });
    }

    /// The file.
    pub fn file(&self, place: Place) -> Vec<u8> {
        zip(&self.parts(&self.pickle(place)), Sizes::Short)
    }

    /// The archive's parts around this pickle.
    pub fn parts(&self, pickle: &[u8]) -> Vec<Part> {
        let mut parts = vec![
            Part::stored("model_best/data.pkl", pickle),
            Part::stored("model_best/byteorder", b"little"),
        ];
        for (key, (_, bytes)) in self.storages.iter().enumerate() {
            parts.push(Part::stored(&format!("model_best/data/{key}"), bytes));
        }
        parts.push(Part::stored("model_best/version", b"3\n"));
        parts
    }

    pub fn pickle(&self, place: Place) -> Vec<u8> {
        let mut pickle = Pickle::new();
        match place {
            Place::Root => self.state_dict(&mut pickle),
            Place::Under(key) => {
                pickle.raw(b"}").put().raw(b"(");
                pickle.text("epoch").int(300);
                pickle.text("best_acc");
                numpy_score(&mut pickle);
                pickle.text("losses").raw(b"]").put().raw(b"(");
                pickle.raw(b"G\x3f\xe0\0\0\0\0\0\0").raw(b"e");
                pickle.text(key);
                self.state_dict(&mut pickle);
                pickle.raw(b"u");
            }
        }
        pickle.finish()
    }

    /// The file with the state dict under `key` and, before it, other values, each as its operations.
    pub fn beside(&self, key: &str, others: &[(&str, &[u8])]) -> Vec<u8> {
        let mut pickle = Pickle::new();
        pickle.raw(b"}").put().raw(b"(");
        for (name, operations) in others {
            pickle.text(name).raw(operations);
        }
        pickle.text(key);
        self.state_dict(&mut pickle);
        let pickle = pickle.raw(b"u").finish();
        zip(&self.parts(&pickle), Sizes::Short)
    }

    pub fn state_dict(&self, pickle: &mut Pickle) {
        pickle.empty_ordered_dict().raw(b"(");
        for view in &self.views {
            pickle.text(&view.name);
            self.tensor(pickle, view);
        }
        pickle.raw(b"u");
        // The state dict's own attribute.
        pickle.raw(b"}").put().text("_metadata");
        pickle.empty_ordered_dict().raw(b"sb");
    }

    pub fn tensor(&self, pickle: &mut Pickle, view: &View) {
        let (kind, bytes) = &self.storages[view.storage];
        pickle
            .global("torch._utils", "_rebuild_tensor_v2")
            .raw(b"((");
        pickle.text("storage").global("torch", kind);
        pickle.text(&view.storage.to_string()).text("cuda:0");
        pickle
            .int(bytes.len() / width(kind))
            .raw(b"t")
            .put()
            .raw(b"Q");
        pickle.int(view.offset);
        pickle.sizes(&view.shape).sizes(&view.strides).raw(b"\x89");
        pickle.empty_ordered_dict().raw(b"t").put().raw(b"R").put();
    }
}

/// A score as NumPy pickles it; the published checkpoints have one.
fn numpy_score(pickle: &mut Pickle) {
    pickle.global("numpy.core.multiarray", "scalar");
    pickle
        .global("numpy", "dtype")
        .text("f8")
        .raw(b"\x89\x88\x87")
        .put()
        .raw(b"R")
        .put();
    pickle
        .raw(b"(K\x03")
        .text("<")
        .raw(b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0t")
        .put();
    pickle.raw(b"b");
    pickle
        .global("_codecs", "encode")
        .text("\u{9a}\u{99}")
        .text("latin1");
    pickle.raw(b"\x86").put().raw(b"R").put();
    pickle.raw(b"\x86").put().raw(b"R").put();
}

fn width(kind: &str) -> usize {
    match kind {
        "DoubleStorage" | "LongStorage" => 8,
        "HalfStorage" | "BFloat16Storage" => 2,
        _ => 4,
    }
}

pub fn c_strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len())
        .map(|axis| shape[axis + 1..].iter().product())
        .collect()
}
