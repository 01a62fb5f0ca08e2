//! The edge between Lambda and the chat: configuration, clock, who is calling, what requests,
//! answers and errors look like, and the one way in which a function starts.
//!
//! An HTTP request passes, from outside: [`edge`](self) (request id, CORS, log line, panics),
//! `guard` (flag, identity), the extractors of `request`, then the handler of a function, whose
//! answer is made of `views` or an [`ApiError`].

mod app;
pub mod aws;
mod clock;
mod config;
mod edge;
mod error;
pub mod guard;
mod origins;
mod pace;
pub mod request;
pub mod routes;
mod secrets;
mod start;
mod telemetry;
mod tell;
mod token;
pub mod unsubscribe;
pub mod views;

pub use app::App;
pub use clock::Clock;
pub use config::{Config, ConfigError, MailConfig, ScheduleConfig, TokenKey, origin_of};
pub use error::{ApiError, ErrorBody, Refusals};
pub use pace::{HINT_EVERY_MS, Pace, Paced};
pub use secrets::Secret;
pub use start::{Ahead, HttpService, http_service, serve_events, serve_http};

pub use store::Session;

/// What a function's main returns.
pub type Error = lambda_runtime::Error;
