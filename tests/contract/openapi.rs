//! The OpenAPI document is made from the routes; the copy in `docs/` must be the same.

use serde_json::Value;

use crate::{file, routes, update};

#[test]
fn the_document_is_fresh() {
    let path = file("docs/openapi.json");
    let document = local::document();
    if update() {
        std::fs::write(&path, &document).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == document,
        "docs/openapi.json is stale: UPDATE=1 cargo test -p tests --test contract"
    );
}

#[test]
fn every_operation_has_a_description_and_its_responses() {
    let document: Value = serde_json::from_str(&local::document()).unwrap();
    let mut ids = Vec::new();
    for route in routes() {
        let (method, path) = route.split_once(' ').unwrap();
        let operation = &document["paths"][path][method.to_lowercase()];
        assert!(operation["summary"].is_string(), "{route} has no summary");
        assert!(operation["responses"]["200"].is_object(), "{route} has no 200");
        if path != "/health" {
            for status in ["400", "401", "404", "429", "503"] {
                assert!(
                    operation["responses"][status].is_object(),
                    "{route} does not tell of {status}"
                );
            }
        }
        ids.push(operation["operationId"].as_str().unwrap().to_owned());
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "an operation id is there twice");
    assert_eq!(count, 34, "the operations of docs/api.md, section 4");
}
