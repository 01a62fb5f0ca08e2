//! SSM Parameter Store, which holds the secrets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// The parameter that holds the secret of Medusa's tokens.
pub const JWT_SECRET: &str = "/live-chat/jwt-secret";
/// The parameter that holds our own master key.
pub const MASTER_KEY: &str = "/live-chat/master-key";
/// The parameter that holds the key of Medusa's admin API.
pub const MEDUSA_KEY: &str = "/live-chat/medusa-api-key";

/// The parameters. Clones share them.
#[derive(Clone, Default)]
pub struct Parameters(Arc<Mutex<HashMap<String, String>>>);

impl Parameters {
    /// Sets a parameter; `None` removes it.
    pub fn set(&self, name: &str, value: Option<&str>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match value {
            Some(value) => all.insert(name.to_owned(), value.to_owned()),
            None => all.remove(name),
        };
    }

    /// The value of a parameter.
    pub fn value(&self, name: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// `GetParameter`
    fn get(&self, request: &Value) -> Response {
        let name = request["Name"].as_str().unwrap_or_default();
        match self.value(name) {
            Some(value) => Json(
                json!({ "Parameter": { "Name": name, "Type": "SecureString", "Value": value } }),
            )
            .into_response(),
            None => (StatusCode::BAD_REQUEST, Json(json!({ "__type": "ParameterNotFound" })))
                .into_response(),
        }
    }
}

pub(crate) fn router(parameters: Parameters) -> Router {
    // The protocol's own Content-Type, which axum's `Json` refuses.
    let answer = async |State(parameters): State<Parameters>, body: Bytes| {
        parameters.get(&serde_json::from_slice(&body).unwrap_or_default())
    };
    Router::new()
        .route("/dev/aws/ssm", post(answer))
        .route("/dev/aws/ssm/", post(answer))
        .with_state(parameters)
}
