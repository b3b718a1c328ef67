//! Volumes in patient space.
