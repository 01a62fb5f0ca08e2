//! Who is calling, and who people are.

pub(crate) mod person;
pub(crate) mod principal;
