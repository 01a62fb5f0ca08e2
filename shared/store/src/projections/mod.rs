//! What is derived from the stream of changes: totals and search words.

pub(crate) mod search;
pub(crate) mod stream;
pub(crate) mod totals;
