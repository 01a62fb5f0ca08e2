//! Every REST endpoint once, for both scopes. A file holds one endpoint: its request, its response,
//! its documentation, its handler and its tests. Two handlers share a file where customers and
//! admins ask for the same thing in different words.
//!
//! The paths, and who may call them, are in the lists of `functions/store` and `functions/admin`.

pub mod availability;
pub mod canned;
pub mod channels;
pub mod files;
pub mod guests;
pub mod health;
pub mod labels;
pub mod mail;
pub mod messages;
pub mod notes;
pub mod people;
pub mod push;
pub mod realtime;
pub mod reply_time;
pub mod settings;
mod terms;

pub use terms::terms;
