//! People: their profiles, and the roster of admins.

pub(crate) mod profiles;
pub(crate) mod staff;
