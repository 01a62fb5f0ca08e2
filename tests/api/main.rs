//! What a client sees: the contract, route by route.

#![expect(clippy::indexing_slicing, clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has failed")]

mod callers;
mod channels;
mod edge;
mod guests;
mod limits;
mod messages;
mod pages;
mod reads;
mod search;
