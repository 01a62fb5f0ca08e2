//! Changes to requests on the wire, so that a test can prove that it notices a broken rule. The
//! functions resolve the aliases of update expressions.

use serde_json::{Value, json};

/// The value that an update assigns to a top-level attribute.
pub fn assigned<'a>(update: &'a mut Value, attribute: &str) -> Option<&'a mut Value> {
    let alias = alias_of(update, attribute)?;
    let expression = update["UpdateExpression"].as_str()?;
    let start = format!("{alias} = :");
    let at = expression.find(&start)? + start.len() - 1;
    let name: String =
        expression.get(at..)?.chars().take_while(|c| *c == ':' || c.is_ascii_digit()).collect();
    update["ExpressionAttributeValues"].get_mut(&name)
}

/// Makes an update write another attribute than intended.
pub fn misplace(update: &mut Value, attribute: &str) {
    if let Some(alias) = alias_of(update, attribute) {
        update["ExpressionAttributeNames"][&alias] = json!("misplaced");
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

fn alias_of(update: &Value, attribute: &str) -> Option<String> {
    let names = update["ExpressionAttributeNames"].as_object()?;
    names.iter().find(|(_, name)| *name == attribute).map(|(alias, _)| alias.clone())
}
