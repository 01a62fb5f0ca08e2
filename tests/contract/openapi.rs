//! The OpenAPI document is generated from the routes; `docs/openapi.json` must equal it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{file, routes, update};

#[test]
fn the_document_is_up_to_date() {
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
        let succeeds =
            ["200", "302"].iter().any(|status| operation["responses"][status].is_object());
        assert!(succeeds, "{route} has no 200");
        if path != "/health" {
            for status in ["400", "401", "404", "429", "503"] {
                assert!(
                    operation["responses"][status].is_object(),
                    "{route} does not document {status}"
                );
            }
        }
        ids.push(operation["operationId"].as_str().unwrap().to_owned());
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "an operation id appears twice");
}

/// The guide for people: `docs/api.md`.
fn guide() -> String {
    std::fs::read_to_string(file("docs/api.md")).expect("the guide")
}

/// A route without the names of its parameters: `GET /admin/chat/channels/*`.
fn without_names(route: &str) -> String {
    let part = |part: &str| if part.starts_with([':', '{']) { "*".to_owned() } else { part.into() };
    route.split('/').map(part).collect::<Vec<String>>().join("/")
}

/// The routes in the second column of a row of the guide's table, as
/// `` `GET`, `PUT /admin/chat/profile` ``: a method without a path has the next path.
fn routes_of_row(row: &str) -> BTreeSet<String> {
    let cell = row.split('|').nth(2).unwrap_or_default();
    let (mut methods, mut routes) = (Vec::new(), BTreeSet::new());
    for text in cell.split('`').skip(1).step_by(2) {
        let (method, path) = text.split_once(' ').unwrap_or((text, ""));
        methods.push(method);
        if path.is_empty() {
            continue;
        }
        for method in methods.drain(..) {
            routes.extend(["store", "admin"].map(|scope| {
                without_names(&format!("{method} {}", path.replace("{scope}", scope)))
            }));
        }
    }
    routes
}

#[test]
fn the_guide_lists_each_route() {
    let guide = guide();
    let (_, table) = guide.split_once("\n## 4. Routes\n").expect("section 4");
    let (table, _) = table.split_once("\n### ").expect("its table");
    let listed: BTreeSet<String> = table.lines().flat_map(routes_of_row).collect();
    let known: BTreeSet<String> = routes().iter().map(|route| without_names(route)).collect();
    assert_eq!(listed, known, "the table of docs/api.md, section 4, must list each route");
}

/// The guide may name other fields, in examples and pushes, so the test does not find fields that
/// were removed from the API.
#[test]
fn the_guide_names_each_field() {
    let guide = guide();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words: BTreeSet<&str> = guide.split(|c: char| !is_word(c)).collect();
    let document: Value = serde_json::from_str(&local::document()).unwrap();
    let mut missing = Vec::new();
    for (object, schema) in document["components"]["schemas"].as_object().unwrap() {
        let fields = schema["properties"].as_object().into_iter().flatten();
        let unnamed = fields.filter(|(field, _)| !words.contains(field.as_str()));
        missing.extend(unnamed.map(|(field, _)| format!("{object}.{field}")));
    }
    assert!(missing.is_empty(), "docs/api.md must name these fields: {missing:?}");
}
