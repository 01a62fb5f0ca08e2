//! The demo Medusa: the two routes that return a customer's or an admin's profile, and the admin
//! login. Every id in Medusa's form exists, except those that start like `cus_missing`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::Clock;
use axum::extract::{Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::token::Signer;

/// The secret API key of the demo Medusa. For this machine only.
pub const API_KEY: &str = "sk_local";
/// The password of every admin.
pub const PASSWORD: &str = "teapot";

/// The people of the demo Medusa. Clones share them.
#[derive(Clone, Default)]
pub struct DemoMedusa {
    state: Arc<Mutex<Directory>>,
}

#[derive(Default)]
struct Directory {
    is_down: bool,
    requests: usize,
    renamed: HashMap<String, Names>,
}

#[derive(Clone)]
struct Names {
    first_name: String,
    last_name: String,
    email: Option<String>,
}

/// The people of one kind.
struct Kind {
    name: &'static str,
    prefix: &'static str,
    last_name: &'static str,
    domain: &'static str,
}

const CUSTOMERS: Kind =
    Kind { name: "customer", prefix: "cus_", last_name: "Customer", domain: "customers.example" };
const STAFF: Kind =
    Kind { name: "user", prefix: "user_", last_name: "Staff", domain: "staff.example" };

impl DemoMedusa {
    /// Whether every request fails with 503.
    pub fn set_down(&self, is_down: bool) {
        self.lock().is_down = is_down;
    }

    /// Changes a person's names and, if given, the address.
    pub fn rename(&self, id: &str, first_name: &str, last_name: &str, email: Option<&str>) {
        let names = Names {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: email.map(str::to_owned),
        };
        self.lock().renamed.insert(id.to_owned(), names);
    }

    /// The number of requests so far, failed ones included.
    pub fn requests(&self) -> usize {
        self.lock().requests
    }

    /// Returns a profile.
    fn look_up(&self, kind: &Kind, id: &str, headers: &HeaderMap) -> (StatusCode, Json<Value>) {
        let mut directory = self.lock();
        directory.requests += 1;
        if directory.is_down {
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                Json(json!({ "message": "Service Unavailable" })),
            );
        }
        let expected = format!("Basic {}", BASE64.encode(format!("{API_KEY}:").as_bytes()));
        if headers.get(AUTHORIZATION).is_none_or(|given| *given != expected) {
            return (StatusCode::UNAUTHORIZED, Json(json!({ "message": "Unauthorized" })));
        }
        let Some(names) = kind.names(id) else {
            let message = format!("{} with id: {id} was not found", capitalized(kind.name));
            return (
                StatusCode::NOT_FOUND,
                Json(json!({ "type": "not_found", "message": message })),
            );
        };
        let renamed = directory.renamed.get(id).cloned().unwrap_or_else(|| names.clone());
        let email = renamed.email.or(names.email);
        let mut person = json!({
            "id": id, "email": email, "first_name": renamed.first_name,
            "last_name": renamed.last_name,
        });
        if kind.name == STAFF.name {
            person["avatar_url"] = Value::Null;
        }
        (StatusCode::OK, Json(json!({ kind.name: person })))
    }

    fn lock(&self) -> MutexGuard<'_, Directory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    /// The names of the person with this id; `None` if there is none.
    fn names(&self, id: &str) -> Option<Names> {
        let name = id
            .strip_prefix(self.prefix)
            .filter(|name| !name.is_empty() && !name.starts_with("missing"))?;
        let email = Some(format!("{id}@{}", self.domain));
        Some(Names { first_name: capitalized(name), last_name: self.last_name.to_owned(), email })
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The routes of Medusa that the chat calls.
pub(crate) fn router(medusa: DemoMedusa, clock: Clock, signer: Signer) -> Router {
    Router::new()
        .route(
            "/dev/medusa/auth/user/emailpass",
            post(async move |Json(login): Json<Value>| log_in(&login, &clock, &signer)),
        )
        .route("/dev/medusa/admin/customers/{id}", get(customer))
        .route("/dev/medusa/admin/users/{id}", get(user))
        .with_state(medusa)
}

async fn customer(
    State(medusa): State<DemoMedusa>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> (StatusCode, Json<Value>) {
    medusa.look_up(&CUSTOMERS, &id, &headers)
}

async fn user(
    State(medusa): State<DemoMedusa>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> (StatusCode, Json<Value>) {
    medusa.look_up(&STAFF, &id, &headers)
}

/// Returns a token for an admin's address, such as `user_mia@staff.example`, and the password.
fn log_in(login: &Value, clock: &Clock, signer: &Signer) -> (StatusCode, Json<Value>) {
    let text = |name: &str| login.get(name).and_then(Value::as_str).unwrap_or_default();
    let id = text("email").strip_suffix(STAFF.domain).and_then(|local| local.strip_suffix('@'));
    match id.filter(|id| STAFF.names(id).is_some() && text("password") == PASSWORD) {
        Some(id) => (StatusCode::OK, Json(json!({ "token": signer.admin_token(id, clock.now()) }))),
        None => (
            StatusCode::UNAUTHORIZED,
            Json(json!({ "type": "unauthorized", "message": "Invalid email or password" })),
        ),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use serde_json::{Value, json};

    use app::Clock;

    use super::{DemoMedusa, router};
    use crate::dev::calls::call;
    use crate::dev::parameters::Parameters;
    use crate::token::Signer;

    /// `sk_local:` in base64.
    const KEY: &str = "Basic c2tfbG9jYWw6";

    fn signer() -> Signer {
        Signer(Parameters::default())
    }

    async fn ask(medusa: &DemoMedusa, path: &str, key: &str) -> (StatusCode, Value) {
        let request = Request::get(format!("/dev/medusa/admin/{path}"))
            .header("authorization", key)
            .body(Body::empty())
            .unwrap();
        let (status, answer) =
            call(router(medusa.clone(), Clock::default(), signer()), request).await;
        (status, serde_json::from_str(&answer).unwrap())
    }

    #[tokio::test]
    async fn a_profile_follows_from_the_id() {
        let medusa = DemoMedusa::default();
        let ada = json!({
            "id": "cus_ada", "email": "cus_ada@customers.example", "first_name": "Ada",
            "last_name": "Customer",
        });
        assert_eq!(
            ask(&medusa, "customers/cus_ada?fields=id", KEY).await,
            (StatusCode::OK, json!({ "customer": ada }))
        );
        let mia = json!({
            "id": "user_mia", "email": "user_mia@staff.example", "first_name": "Mia",
            "last_name": "Staff", "avatar_url": null,
        });
        assert_eq!(
            ask(&medusa, "users/user_mia", KEY).await,
            (StatusCode::OK, json!({ "user": mia }))
        );
        for path in
            ["customers/cus_missing2", "customers/user_mia", "users/cus_ada", "customers/cus_"]
        {
            let (status, answer) = ask(&medusa, path, KEY).await;
            assert_eq!(
                (status, &answer["type"]),
                (StatusCode::NOT_FOUND, &json!("not_found")),
                "{path}"
            );
        }
        assert_eq!(medusa.requests(), 6);
    }

    #[tokio::test]
    async fn admins_log_in_by_address_and_password() {
        for (email, password, status) in [
            ("user_mia@staff.example", "teapot", StatusCode::OK),
            ("user_mia@staff.example", "kettle", StatusCode::UNAUTHORIZED),
            ("cus_ada@staff.example", "teapot", StatusCode::UNAUTHORIZED),
            ("user_mia@elsewhere.example", "teapot", StatusCode::UNAUTHORIZED),
        ] {
            let login = Body::from(json!({ "email": email, "password": password }).to_string());
            let request = Request::post("/dev/medusa/auth/user/emailpass")
                .header("content-type", "application/json")
                .body(login)
                .unwrap();
            assert_eq!(
                call(router(DemoMedusa::default(), Clock::default(), signer()), request).await.0,
                status,
                "{email} {password}"
            );
        }
    }

    #[tokio::test]
    async fn names_and_addresses_change() {
        let medusa = DemoMedusa::default();
        medusa.rename("cus_ada", "Augusta", "King", None);
        let customer = ask(&medusa, "customers/cus_ada", KEY).await.1["customer"].clone();
        assert_eq!(
            (&customer["first_name"], &customer["email"]),
            (&json!("Augusta"), &json!("cus_ada@customers.example"))
        );
        medusa.rename("cus_ada", "Augusta", "King", Some("ada@king.example"));
        assert_eq!(
            ask(&medusa, "customers/cus_ada", KEY).await.1["customer"]["email"],
            "ada@king.example"
        );
    }

    #[tokio::test]
    async fn requests_need_the_key_and_fail_while_it_is_down() {
        let medusa = DemoMedusa::default();
        let refused = (StatusCode::UNAUTHORIZED, json!({ "message": "Unauthorized" }));
        assert_eq!(ask(&medusa, "customers/cus_ada", "Bearer sk_local").await, refused);
        medusa.set_down(true);
        assert_eq!(ask(&medusa, "customers/cus_ada", KEY).await.0, StatusCode::SERVICE_UNAVAILABLE);
        medusa.set_down(false);
        assert_eq!(ask(&medusa, "customers/cus_ada", KEY).await.0, StatusCode::OK);
    }
}
