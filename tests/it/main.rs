//! What holds for the workspace as a whole, checked from its manifests and its files; and the bench in small.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod bench;
mod dependencies;
mod tidy;
