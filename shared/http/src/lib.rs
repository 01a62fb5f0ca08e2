//! The edge between clients and the chat: guards, tokens, tickets, CORS, errors, extractors, the
//! list of routes, pushes after a commit, and the start of functions that face clients.
//!
//! From outside, a request passes: `edge` (request id, CORS, log line, panics), its
//! [`guard`], the extractors, then the handler of an endpoint in the crate `api`.

mod body;
mod caller;
mod edge;
mod error;
pub mod guard;
mod header;
mod path;
mod push;
mod query;
mod rest;
pub mod routes;
mod start;
mod state;
mod ticket;
mod token;

pub use body::{Body, Fields, FromFields, Part, in_entry};
pub use caller::{Admin, Caller, Identity};
pub use error::{ApiError, ErrorBody, Refusals};
pub use header::{AcceptedLanguages, Address, GuestProof, IdempotencyKey};
pub use path::{ChannelPath, FilePath, MessagePath, NotePath};
pub use query::{FromQuery, Params, Query, page_size};
pub use rest::Rest;
pub use start::{HttpService, http_service, serve, serve_events};
pub use state::AppState;
