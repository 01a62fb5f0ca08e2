//! The entries of a channel's log.

pub(crate) mod message;
