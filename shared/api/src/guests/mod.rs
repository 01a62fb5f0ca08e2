//! Guests: people without an account, each known by a secret.

mod claim;
mod create;
mod resume;

pub use claim::*;
pub use create::*;
pub use resume::*;
