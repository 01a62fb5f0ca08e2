//! What every function has: configuration, secrets, SDK clients, clock and telemetry, and the start
//! of functions that handle events. It knows no HTTP.

mod app;
mod automation;
mod availability;
pub mod aws;
mod clock;
mod config;
mod error;
mod file_links;
mod guest_links;
mod keys;
mod origins;
mod presence;
mod push_seed;
mod pushes;
mod reply_address;
mod secrets;
mod start;
mod telemetry;
pub mod unsubscribe;

pub use app::{App, random};
pub use clock::Clock;
pub use config::{
    Config, ConfigError, FilesConfig, MailConfig, ScheduleConfig, TokenKey, origin_of,
};
pub use error::AppError;
pub use file_links::FileLinks;
pub use guest_links::{GuestKeys, GuestLink, has_guest_link};
pub use presence::{Cause, lookers};
pub use push_seed::PushSeed;
pub use reply_address::{ReplyKeys, ReplyTo};
pub use secrets::{Secret, lines};
pub use start::{Ahead, run, serve_events};

/// What a function's main returns.
pub type Error = lambda_runtime::Error;
