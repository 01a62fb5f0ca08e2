//! What the links in mails lead to.

mod unsubscribe;

pub use unsubscribe::*;
