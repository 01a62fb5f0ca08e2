//! A channel: its head, the staff's work on it, its limits, and when to notify about it.

pub(crate) mod head;
pub(crate) mod limits;
pub(crate) mod notice;
pub(crate) mod status;
pub(crate) mod work;
