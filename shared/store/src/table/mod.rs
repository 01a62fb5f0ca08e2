//! What all items share: keys, tables, calls, retries, errors.

pub(crate) mod db;
pub(crate) mod error;
pub(crate) mod keys;
pub(crate) mod schema;
pub(crate) mod update;
