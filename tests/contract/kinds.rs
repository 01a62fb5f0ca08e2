//! Each kind of log entry has a unique name, is documented and has a renderer. A failure names the
//! file to change.

use std::collections::BTreeSet;

use domain::Kind;
use serde_json::Value;

use crate::file;

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).expect(name)
}

#[test]
fn every_kind_has_a_unique_name() {
    let mut names = BTreeSet::new();
    for kind in Kind::ALL {
        let name = kind.name();
        assert!(names.insert(name), "shared/domain/src/log/kind.rs: {name} names two kinds");
    }
}

#[test]
fn every_kind_is_documented() {
    let document: Value = serde_json::from_str(&read("docs/openapi.json")).unwrap();
    let event = document["components"]["schemas"]["Envelope"]["properties"]["event"].to_string();
    let api = read("docs/api.md");
    let table = api.lines().filter(|line| line.starts_with("| `chat."));
    let events: Vec<&str> = table.map(|line| line.split(" | ").next().unwrap()).collect();
    for kind in Kind::ALL {
        let name = format!("`{}`", kind.event_name());
        assert!(
            event.contains(&name),
            "docs/openapi.json: the field `event` of Envelope, a comment in Rust, lacks {name}"
        );
        assert!(
            events.iter().any(|cell| cell.contains(&name)),
            "docs/api.md: the table of events lacks {name}"
        );
    }
}

#[test]
fn every_kind_has_a_renderer() {
    for kind in Kind::ALL {
        let renderer = format!("web/client/entries/{}.js", kind.name().replace(['.', '_'], "-"));
        assert!(
            file(&renderer).is_file(),
            "{renderer} is missing: it applies {} in the browser",
            kind.name()
        );
    }
}
