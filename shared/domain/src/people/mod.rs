//! Callers; and people, with their profiles, addresses and search words.

pub(crate) mod email;
pub(crate) mod person;
pub(crate) mod principal;
pub(crate) mod profile;
pub(crate) mod push_subscription;
pub(crate) mod roster;
pub(crate) mod words;
