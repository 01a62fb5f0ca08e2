//! What must hold whatever happens: budgets, races, crashes, faults, and unread counts that equal a recount.

#![expect(clippy::indexing_slicing, clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]

mod audit;
mod budgets;
mod crashes;
mod races;
mod unread;
