//! Callers, and the profiles of people.

pub(crate) mod email;
pub(crate) mod person;
pub(crate) mod principal;
pub(crate) mod profile;
pub(crate) mod words;
