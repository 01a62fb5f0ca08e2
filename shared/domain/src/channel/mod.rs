//! A channel: its head, status and limits, and when to notify about it.

pub(crate) mod head;
pub(crate) mod limits;
pub(crate) mod notice;
pub(crate) mod status;
