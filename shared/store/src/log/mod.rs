//! A channel's log: the one way to change it, and the ways to read it.

pub(crate) mod commands;
pub(crate) mod commit;
pub(crate) mod deletions;
pub(crate) mod live;
pub(crate) mod messages;
