//! The log of a channel: its entries, and one file for each command that appends some.

pub(crate) mod attachment;
pub(crate) mod away;
pub(crate) mod card;
pub(crate) mod change_work;
pub(crate) mod decision;
pub(crate) mod delete;
pub(crate) mod edit;
pub(crate) mod entry;
#[cfg(test)]
pub(crate) mod fixtures;
pub(crate) mod kind;
pub(crate) mod meeting;
pub(crate) mod message;
pub(crate) mod note;
pub(crate) mod page;
pub(crate) mod rate;
pub(crate) mod send;
