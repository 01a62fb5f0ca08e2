//! What every function has: configuration, secrets, SDK clients, clock and telemetry, and the start
//! of functions that handle events. It knows no HTTP.

mod app;
pub mod aws;
mod clock;
mod config;
mod error;
mod file_links;
mod origins;
mod presence;
mod pushes;
mod secrets;
mod snoozes;
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
pub use presence::{Cause, lookers};
pub use secrets::{Secret, lines};
pub use start::{Ahead, run, serve_events};

/// What a function's main returns.
pub type Error = lambda_runtime::Error;
