//! What must hold whatever happens: budgets, races, crashes, faults, and unread counts that equal a
//! recount.

mod audit;
mod budgets;
mod crashes;
mod defects;
mod isolation;
mod mails;
mod nonsense;
mod races;
mod tombstones;
mod torn_reads;
mod unread;
mod versions;
