//! Guarantees: budgets, isolation, one mail each, unread counts that equal a recount, under races,
//! crashes, faults and mixed versions.

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
mod work;
