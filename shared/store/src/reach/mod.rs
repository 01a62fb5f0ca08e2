//! Reaching people: their connections, and the mails to those who are away.

pub(crate) mod inbox;
pub(crate) mod mails;
pub(crate) mod news;
pub(crate) mod sockets;
pub(crate) mod waiting;
