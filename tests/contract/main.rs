//! Documents and configuration agree with the code: the OpenAPI document, the SAM template, the
//! rights of its functions, the captured events, the costs.
//!
//! `UPDATE=1 cargo test -p tests --test contract` regenerates the documents and events.

mod binaries;
mod cost;
mod demo_shop;
mod events;
mod kinds;
mod openapi;
mod packages;
mod parts;
mod rights;
mod template;

use std::path::PathBuf;

use harness::routes;

/// A file of the repository.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// A captured event.
fn read_event(name: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(file(&format!("events/{name}.json"))).expect(name);
    serde_json::from_str(&text).expect("JSON")
}

/// Whether to regenerate files instead of comparing them.
fn update() -> bool {
    std::env::var_os("UPDATE").is_some()
}
