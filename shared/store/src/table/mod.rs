//! What all items share: keys, tables, expressions, reads and what is kept of them, writes,
//! retries, errors, spans.

pub(crate) mod error;
pub(crate) mod fresh;
pub(crate) mod item;
pub(crate) mod keys;
pub(crate) mod query;
pub(crate) mod retry;
pub(crate) mod schema;
pub(crate) mod span;
pub(crate) mod update;
pub(crate) mod write;
