//! What a client needs to open a WebSocket.

mod create_ticket;

pub use create_ticket::*;
