//! A channel's log: the one way to change it, and the ways to read it.
//!
//! `commit` writes what a command decides: `send`, `edit`, `delete` say only what they read. `row`
//! turns entries into rows and back. `page` and `catch_up` are what clients read; `load`, `live`
//! and `deletions` are how.

pub(crate) mod catch_up;
pub(crate) mod commit;
pub(crate) mod delete;
pub(crate) mod deletions;
pub(crate) mod edit;
pub(crate) mod live;
pub(crate) mod load;
pub(crate) mod page;
pub(crate) mod row;
pub(crate) mod send;
