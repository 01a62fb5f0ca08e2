//! Texts: message bodies, folding for comparison, and search words.

pub(crate) mod body;
pub(crate) mod fold;
pub(crate) mod language;
pub(crate) mod letter;
pub(crate) mod search;
pub(crate) mod url;
