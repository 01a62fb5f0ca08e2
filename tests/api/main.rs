//! What a client sees: docs/api.md, route by route.

mod callers;
mod canned;
mod channels;
mod content;
mod edge;
mod files;
mod guests;
mod limits;
mod mail;
mod messages;
mod operate;
mod outside;
mod pages;
mod people;
mod reads;
mod realtime;
mod replies;
mod schedules;
mod search;
mod secrets;
mod senders;
mod shop;
mod snapshots;
mod snoozes;
mod team;
mod web;
