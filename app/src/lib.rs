//! The page and its engine worker.
