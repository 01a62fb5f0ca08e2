//! Medusa's query parameters: which fields are returned, which part of a list.

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::Answer;

/// A query, with repeated parameters in their order.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query. Medusa refuses parameters that it does not know.
    pub(super) fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, Answer> {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        if pairs.iter().any(|(name, _)| name == "status") {
            let message = "Invalid request: Expected type: 'array' for field 'status', \
                           got: 'string'";
            return Err(invalid(message));
        }
        let bare = |name: &String| name.trim_end_matches("[]").to_owned();
        let unknown = pairs.iter().map(|(name, _)| bare(name)).find(|name| {
            !["fields", "limit", "offset", "order"].contains(&name.as_str())
                && !known.contains(&name.as_str())
        });
        match unknown {
            Some(name) => Err(invalid(&format!("Invalid request: Unrecognized fields: '{name}'"))),
            None => Ok(Self(pairs)),
        }
    }

    /// The first value of a parameter.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The names in `fields`.
    pub(super) fn fields(&self) -> Vec<&str> {
        self.value("fields")
            .unwrap_or_default()
            .split(',')
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// The part of these rows that is asked for, each as `shown` shows it: `{<plural>, count,
    /// offset, limit}`.
    pub(super) fn page(
        &self,
        plural: &str,
        mut rows: Vec<Value>,
        limit: usize,
        shown: impl Fn(Value) -> Value,
    ) -> Value {
        if let Some(order) = self.value("order") {
            let (field, is_down) =
                order.strip_prefix('-').map_or((order, false), |field| (field, true));
            rows.sort_by_key(|row| (row[field].as_u64(), row[field].as_str().map(str::to_owned)));
            if is_down {
                rows.reverse();
            }
        }
        let number = |name: &str| self.value(name).and_then(|text| text.parse().ok());
        let (limit, offset) = (number("limit").unwrap_or(limit), number("offset").unwrap_or(0));
        let count = rows.len();
        let shown: Vec<Value> = rows.into_iter().skip(offset).take(limit).map(shown).collect();
        json!({ plural: shown, "count": count, "offset": offset, "limit": limit })
    }
}

/// The fields of a value that a list of names asks for, and its id: `title`, `items.title`,
/// `*items`, `items.*`. Without names, all fields.
pub(super) fn select(value: &Value, fields: &[&str]) -> Value {
    match value {
        _ if fields.is_empty() => value.clone(),
        Value::Array(list) => list.iter().map(|entry| select(entry, fields)).collect(),
        Value::Object(object) => Value::Object(selected(object, fields)),
        other => other.clone(),
    }
}

fn selected(object: &Map<String, Value>, fields: &[&str]) -> Map<String, Value> {
    let mut found = Map::new();
    for (key, value) in object {
        let is_whole = |name: &&str| {
            *name == "*" || name.trim_start_matches('*') == key || *name == format!("{key}.*")
        };
        let below: Vec<&str> = fields
            .iter()
            .filter_map(|name| name.trim_start_matches('*').strip_prefix(key)?.strip_prefix('.'))
            .collect();
        if key == "id" || fields.iter().any(is_whole) {
            found.insert(key.clone(), value.clone());
        } else if !below.is_empty() && (value.is_array() || value.is_object()) {
            found.insert(key.clone(), select(value, &below));
        }
    }
    found
}

/// 400, in Medusa's form.
pub(super) fn invalid(message: &str) -> Answer {
    (StatusCode::BAD_REQUEST, Json(json!({ "type": "invalid_data", "message": message })))
}

/// 404, in Medusa's form.
pub(super) fn not_found(message: &str) -> Answer {
    (StatusCode::NOT_FOUND, Json(json!({ "type": "not_found", "message": message })))
}
