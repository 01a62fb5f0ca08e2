//! A channel's log: the one way to change it, and the ways to read it.
//!
//! `commit` writes what a command decides: `send`, `away`, `edit`, `delete`, `notes`, `change_work`
//! and `rate` say only what they read. `row` turns entries into rows and back. `page`, `catch_up`
//! and `staff_log` are what clients read; `load`, `live` and `deletions` are how.

pub(crate) mod away;
pub(crate) mod catch_up;
pub(crate) mod change_work;
pub(crate) mod commit;
pub(crate) mod delete;
pub(crate) mod deletions;
pub(crate) mod edit;
pub(crate) mod live;
pub(crate) mod load;
pub(crate) mod notes;
pub(crate) mod page;
pub(crate) mod rate;
pub(crate) mod row;
pub(crate) mod send;
pub(crate) mod staff_log;
