//! Guests: people without an account, each known by a secret.

mod claim;
mod create;

pub use claim::*;
pub use create::*;
