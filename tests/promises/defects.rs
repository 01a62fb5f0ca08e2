//! Changes to requests on the wire, so that a test can prove that it notices a broken rule. The
//! functions resolve the aliases of update expressions.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

/// The value that an update assigns to an attribute, by its path.
pub fn assigned<'a>(update: &'a mut Value, attribute: &str) -> Option<&'a mut Value> {
    let alias = alias_of(update, attribute)?;
    let expression = update["UpdateExpression"].as_str()?;
    let start = format!("{alias} = :");
    let at = expression.find(&start)? + start.len() - 1;
    let name: String =
        expression.get(at..)?.chars().take_while(|c| *c == ':' || c.is_ascii_digit()).collect();
    update["ExpressionAttributeValues"].get_mut(&name)
}

/// Counts misplaced attributes: an update may name what an earlier one misplaced in the same item.
static MISPLACED: AtomicU64 = AtomicU64::new(0);

/// Makes an update write another attribute than intended.
pub fn misplace(update: &mut Value, attribute: &str) {
    if let Some(alias) = alias_of(update, attribute) {
        let number = MISPLACED.fetch_add(1, Ordering::Relaxed);
        update["ExpressionAttributeNames"][&alias] = json!(format!("misplaced{number}"));
    }
}

/// Whether an update removes an attribute.
pub fn removes(update: &Value, attribute: &str) -> bool {
    let Some(alias) = alias_of(update, attribute) else { return false };
    let expression = update["UpdateExpression"].as_str().unwrap_or_default();
    let removed = expression.split("REMOVE").nth(1).unwrap_or_default();
    removed.split(',').any(|path| path.trim() == alias)
}

/// Whether an update sets an attribute.
pub fn sets(update: &Value, attribute: &str) -> bool {
    let Some(alias) = alias_of(update, attribute) else { return false };
    let expression = update["UpdateExpression"].as_str().unwrap_or_default();
    expression.split("REMOVE").next().unwrap_or_default().contains(&format!("{alias} = "))
}

/// The updates of a transaction.
pub fn updates<'a>(operation: &str, request: &'a mut Value) -> Vec<&'a mut Value> {
    if operation != "TransactWriteItems" {
        return Vec::new();
    }
    let actions = request["TransactItems"].as_array_mut().into_iter().flatten();
    actions.filter_map(|action| action.get_mut("Update")).collect()
}

/// Whether a request deletes a message.
pub fn is_delete(request: &Value) -> bool {
    let actions = request["TransactItems"].as_array().into_iter().flatten();
    actions.clone().any(|action| removes(&action["Update"], "body"))
}

/// The mark into which an update copies the end of the log, and that end: paths of its expression.
pub fn copied_mark(update: &Value) -> Option<(String, String)> {
    let set = update["UpdateExpression"].as_str()?.strip_prefix("SET ")?;
    let (mark, rest) = set.split_once(" = ")?;
    let end = rest.split_whitespace().next()?;
    (alias_of(update, "t")? == end).then(|| (mark.to_owned(), end.to_owned()))
}

/// The name of an alias.
pub fn named<'a>(update: &'a Value, alias: &str) -> &'a str {
    update["ExpressionAttributeNames"][alias].as_str().unwrap_or_default()
}

/// Replaces a part of an update expression.
pub fn rewrite(update: &mut Value, from: &str, to: &str) {
    if let Some(text) = update["UpdateExpression"].as_str() {
        update["UpdateExpression"] = json!(text.replace(from, to));
    }
}

fn alias_of(update: &Value, path: &str) -> Option<String> {
    let names = update["ExpressionAttributeNames"].as_object()?;
    let alias =
        |part: &str| names.iter().find(|(_, name)| *name == part).map(|(alias, _)| alias.as_str());
    path.split('.').map(alias).collect::<Option<Vec<_>>>().map(|aliases| aliases.join("."))
}
