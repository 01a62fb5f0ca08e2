//! Texts: message bodies, search words, and when two texts count as equal.

pub(crate) mod body;
pub(crate) mod fold;
pub(crate) mod search;
