//! Reaching people: their connections, and mails to those who are away.

pub(crate) mod claims;
pub(crate) mod connections;
pub(crate) mod guest_mails;
mod idle;
pub(crate) mod inbox;
pub(crate) mod notifications;
pub(crate) mod opt_outs;
pub(crate) mod presence;
pub(crate) mod push_subscriptions;
pub(crate) mod rooms;
pub(crate) mod seen;
pub(crate) mod snoozes;
pub(crate) mod tickets;
pub(crate) mod unnotified;
pub(crate) mod waiting;
