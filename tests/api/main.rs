//! What a client sees: the contract, route by route.

mod callers;
mod channels;
mod edge;
mod guests;
mod limits;
mod messages;
mod pages;
mod reads;
mod realtime;
mod search;
