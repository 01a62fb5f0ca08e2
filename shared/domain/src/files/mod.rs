//! Files that people send, as far as the chat knows them. Their bytes are elsewhere.

pub(crate) mod file;
pub(crate) mod name;
