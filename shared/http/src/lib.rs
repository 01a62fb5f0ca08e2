//! The edge between clients and the chat: who is calling, what requests and answers look like,
//! errors, and the start of HTTP functions.
//!
//! An HTTP request passes, from outside: [`edge`](self) (request id, CORS, log line, panics),
//! `guard` (flag, identity), the extractors of `request`, then the handler of a function, whose
//! answer is made of `views` or an [`ApiError`].

mod edge;
mod error;
pub mod guard;
mod push;
pub mod request;
pub mod routes;
mod start;
mod state;
mod token;
pub mod views;

pub use error::{ApiError, ErrorBody, Refusals};
pub use start::{HttpService, http_service, serve, serve_events};
pub use state::AppState;

pub use store::Session;
