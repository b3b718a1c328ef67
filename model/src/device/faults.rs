//! Breaking a GPU on purpose, to prove that it is noticed. In test builds only.

use std::cell::{Cell, RefCell};

thread_local! {
    static MISCOMPUTE: Cell<bool> = const { Cell::new(false) };
    static DESTROY: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Whether the GPU's numbers are falsified from now on before the self-test sees them.
pub fn miscompute(falsify: bool) {
    MISCOMPUTE.set(falsify);
}

/// Takes the GPU away, as a driver's reset does. Nothing happens where none is open.
pub fn lose() {
    DESTROY.with_borrow(|destroy| {
        if let Some(destroy) = destroy {
            destroy();
        }
    });
}

pub(super) fn can_be_lost(destroy: impl Fn() + 'static) {
    DESTROY.set(Some(Box::new(destroy)));
}

pub(super) fn falsified(mut numbers: Vec<f32>) -> Vec<f32> {
    if let (true, Some(number)) = (MISCOMPUTE.get(), numbers.first_mut()) {
        *number += 1.0;
    }
    numbers
}
