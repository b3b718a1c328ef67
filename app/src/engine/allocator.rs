//! The engine's allocator: the system's, and a note of what it could not give.
//!
//! Where memory runs out, Rust ends the engine without a word: the page would hear *unreachable executed*,
//! the same as of any mistake, and offer to try again. The note outlives the abort in the engine's memory,
//! and `abort` reads it there.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::user_error::UserError;

/// What everything in the engine is allocated by.
#[cfg_attr(target_arch = "wasm32", global_allocator)]
pub static ALLOCATOR: Noting<System> = Noting::new(System);

/// An allocator that notes the bytes of the last request it could not serve.
pub struct Noting<A> {
    inner: A,
    /// 0 where it served all.
    refused: AtomicUsize,
}

impl<A> Noting<A> {
    /// With nothing noted.
    #[must_use]
    pub const fn new(inner: A) -> Self {
        Self {
            inner,
            refused: AtomicUsize::new(0),
        }
    }

    /// Bytes of the last request that was not served.
    #[must_use]
    pub fn refused(&self) -> Option<usize> {
        Some(self.refused.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }

    /// Forgets the note: whoever asked could do without.
    pub fn forget(&self) {
        self.refused.store(0, Ordering::Relaxed);
    }

    fn noted(&self, place: *mut u8, bytes: usize) -> *mut u8 {
        if place.is_null() {
            self.refused.store(bytes, Ordering::Relaxed);
        }
        place
    }
}

#[allow(unsafe_code, reason = "the trait of an allocator is unsafe")]
// SAFETY: every call is passed on to an allocator as it came, and what that gives is given back; noting
// a number allocates nothing and cannot unwind.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Noting<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the inner one asks for, here and below.
        self.noted(unsafe { self.inner.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        self.noted(unsafe { self.inner.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: as above.
        self.noted(unsafe { self.inner.realloc(place, layout, bytes) }, bytes)
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { self.inner.dealloc(place, layout) }
    }
}

/// What the person reads after an abort for want of so many bytes.
#[must_use]
pub fn out_of_memory(bytes: usize) -> UserError {
    UserError::new(
        "The engine ran out of memory: a browser's tab gives it 4 GiB at most.",
        "The same scans would need the same memory again. Resample them to 1 mm voxels or crop them to the \
         head, close other tabs, or read them with the command line tool.",
    )
    .with("out of memory", format!("{bytes} bytes were asked for"))
}

#[cfg(test)]
#[allow(unsafe_code, reason = "an allocator is called")]
mod tests {
    use super::*;

    /// Gives nothing.
    struct Empty;

    // SAFETY: it never gives memory out, so none comes back.
    unsafe impl GlobalAlloc for Empty {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            std::ptr::null_mut()
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }

    fn layout(bytes: usize) -> Layout {
        Layout::from_size_align(bytes, 8).expect("small")
    }

    #[test]
    fn what_is_served_is_the_inner_ones_and_leaves_no_note() {
        let allocator = Noting::new(System);
        // SAFETY: each place is freed once, with the layout it has by then.
        unsafe {
            let place = allocator.alloc_zeroed(layout(100));
            assert_eq!(*place.add(99), 0);
            *place = 7;
            let place = allocator.realloc(place, layout(100), 5000);
            assert_eq!(*place, 7);
            allocator.dealloc(place, layout(5000));
        }
        assert_eq!(allocator.refused(), None);
    }

    #[test]
    fn a_request_that_is_not_served_is_noted_until_it_is_forgotten() {
        let allocator = Noting::new(Empty);
        // SAFETY: nothing is given, so nothing is touched.
        unsafe {
            assert!(allocator.alloc(layout(1000)).is_null());
            assert_eq!(allocator.refused(), Some(1000));
            assert!(allocator.alloc_zeroed(layout(2000)).is_null());
            assert_eq!(allocator.refused(), Some(2000));
        }
        allocator.forget();
        assert_eq!(allocator.refused(), None);
    }

    #[test]
    fn the_words_say_memory_and_never_to_try_again() {
        let error = out_of_memory(5 << 20);
        assert!(error.happened.contains("out of memory"));
        assert!(
            !error.mend.to_lowercase().contains("try again"),
            "{}",
            error.mend
        );
        assert!(error.to_clipboard().contains("5242880 bytes"));
    }
}
