//! What SSM Parameter Store does here: it holds one secret, the key of Medusa's admin API.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// The parameter that holds the key.
pub const MEDUSA_KEY: &str = "/live-chat/medusa-api-key";

pub(crate) fn router(medusa_key: String) -> Router {
    // Its Content-Type is the protocol's own, which axum's `Json` would not take.
    let answer = move |body: Bytes| {
        let key = medusa_key.clone();
        async move { get(&serde_json::from_slice(&body).unwrap_or_default(), &key) }
    };
    Router::new().route("/dev/aws/ssm", post(answer.clone())).route("/dev/aws/ssm/", post(answer))
}

/// `GetParameter`
fn get(request: &Value, medusa_key: &str) -> Response {
    if request["Name"] == MEDUSA_KEY {
        return Json(json!({ "Parameter": { "Name": MEDUSA_KEY, "Type": "SecureString", "Value": medusa_key } })).into_response();
    }
    (StatusCode::BAD_REQUEST, Json(json!({ "__type": "ParameterNotFound" }))).into_response()
}
