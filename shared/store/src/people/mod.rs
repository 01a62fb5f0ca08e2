//! People: their profiles, and which admins there are.

pub(crate) mod profiles;
pub(crate) mod staff;
