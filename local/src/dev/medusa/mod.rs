//! The demo Medusa: what the chat asks of its admin API, and the admin login. It answers as Medusa
//! 2.12.6 does, mistakes included. Every id in Medusa's form exists, except those that start like
//! `cus_missing`.

mod fault;
mod query;
mod stock;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::Clock;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dev::html::escape;
use crate::token::Signer;
use query::{Query, invalid, not_found, select};

pub use fault::Fault;

/// The secret API key of the demo Medusa. For this machine only.
pub const API_KEY: &str = "sk_local";
/// The password of every admin.
pub const PASSWORD: &str = "teapot";

/// Fields of a customer that Medusa returns by id. It refuses others.
const CUSTOMER_FIELDS: [&str; 5] = ["id", "email", "first_name", "last_name", "created_at"];

/// A response.
type Answer = (StatusCode, Json<Value>);

/// The demo Medusa. Clones share it.
#[derive(Clone, Default)]
pub struct DemoMedusa {
    state: Arc<Mutex<Directory>>,
}

#[derive(Default)]
struct Directory {
    fault: Option<Fault>,
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
        self.disturb(is_down.then_some(Fault::Away));
    }

    /// What every request meets from now on.
    pub fn disturb(&self, fault: Option<Fault>) {
        self.lock().fault = fault;
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

    /// The person with this id; `None` if there is none.
    fn person(&self, kind: &Kind, id: &str) -> Option<Value> {
        let names = kind.names(id)?;
        let renamed = self.lock().renamed.get(id).cloned().unwrap_or_else(|| names.clone());
        let email = renamed.email.or(names.email);
        let mut person = json!({
            "id": id, "email": email, "first_name": renamed.first_name,
            "last_name": renamed.last_name,
        });
        if kind.name == STAFF.name {
            person["avatar_url"] = Value::Null;
        } else {
            person["created_at"] = json!(stock::created_at(id.trim_start_matches(kind.prefix)));
        }
        Some(person)
    }

    /// The customer of the list with this name.
    fn customer(&self, name: &str) -> Value {
        self.person(&CUSTOMERS, &format!("cus_{name}")).unwrap_or_default()
    }

    /// Returns a person, with the fields that the query names.
    fn look_up(&self, kind: &Kind, id: &str, query: Option<&str>) -> Answer {
        let query = match Query::parse(query, &[]) {
            Ok(query) => query,
            Err(refused) => return refused,
        };
        let fields = query.fields();
        if let Some(other) = fields
            .iter()
            .find(|field| kind.name == CUSTOMERS.name && !CUSTOMER_FIELDS.contains(*field))
        {
            return invalid(&format!("Requested fields [{other}] are not valid"));
        }
        match self.person(kind, id) {
            Some(person) => ok(json!({ kind.name: select(&person, &fields) })),
            None => not_found(&format!("{} with id: {id} not found", capitalized(kind.name))),
        }
    }

    fn list_customers(&self, query: Option<&str>) -> Answer {
        let query = match Query::parse(query, &["q", "id", "email"]) {
            Ok(query) => query,
            Err(refused) => return refused,
        };
        let mut rows: Vec<Value> =
            stock::CUSTOMERS.iter().map(|name| self.customer(name)).collect();
        if let Some(id) = query.value("id") {
            rows = self.person(&CUSTOMERS, id).into_iter().collect();
        }
        let fields = ["first_name", "last_name", "email"];
        rows.retain(|row| query.value("q").is_none_or(|text| contains(row, &fields, text)));
        ok(query.page("customers", rows, 50, |row| select(&row, &query.fields())))
    }

    fn list_orders(&self, query: Option<&str>, base: &str) -> Answer {
        let query = match Query::parse(query, &["q", "id", "customer_id"]) {
            Ok(query) => query,
            Err(refused) => return refused,
        };
        let mut rows = stock::orders(base, |name| self.customer(name));
        rows.retain(|order| {
            query.value("customer_id").is_none_or(|id| order["customer_id"] == id)
                && query
                    .value("q")
                    .is_none_or(|text| contains(order, &["display_id", "email"], text))
        });
        let always = ["status", "version", "*items", "payment_status", "fulfillment_status"];
        let fields: Vec<&str> = query.fields().into_iter().chain(always).collect();
        ok(query.page("orders", rows, 15, |order| select(&stock::listed(order), &fields)))
    }

    fn get_order(&self, id: &str, query: Option<&str>, base: &str) -> Answer {
        let query = match Query::parse(query, &[]) {
            Ok(query) => query,
            Err(refused) => return refused,
        };
        let orders = stock::orders(base, |name| self.customer(name));
        let Some(order) = orders.iter().find(|order| order["id"] == id) else {
            return not_found(&format!("Order with id: {id} was not found"));
        };
        let always = ["status", "version", "payment_status", "fulfillment_status"];
        let fields: Vec<&str> = query.fields().into_iter().chain(always).collect();
        ok(json!({ "order": select(order, &fields) }))
    }

    fn lock(&self) -> MutexGuard<'_, Directory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn list_products(query: Option<&str>, base: &str) -> Answer {
    let query = match Query::parse(query, &["q", "id", "status"]) {
        Ok(query) => query,
        Err(refused) => return refused,
    };
    let mut rows = stock::products(base);
    rows.retain(|product| {
        query.value("status[]").is_none_or(|status| product["status"] == status)
            && query.value("q").is_none_or(|text| contains(product, &["title"], text))
    });
    ok(query.page("products", rows, 50, |row| with_rules(select(&row, &query.fields()))))
}

/// A product with the rules of its prices in Medusa's form. They are empty unless they were asked
/// for.
fn with_rules(mut product: Value) -> Value {
    for variant in product["variants"].as_array_mut().into_iter().flatten() {
        for price in variant["prices"].as_array_mut().into_iter().flatten() {
            let mut rules = json!({});
            for rule in price["price_rules"].as_array().into_iter().flatten() {
                rules[rule["attribute"].as_str().unwrap_or_default()] = rule["value"].clone();
            }
            price["rules"] = rules;
            if let Some(price) = price.as_object_mut() {
                price.remove("price_rules");
            }
        }
    }
    product
}

/// Whether one of these fields contains a text.
fn contains(row: &Value, fields: &[&str], text: &str) -> bool {
    let text = text.to_lowercase();
    fields.iter().any(|field| {
        let value = row[field].as_str().map_or_else(|| row[field].to_string(), str::to_owned);
        value.to_lowercase().contains(&text)
    })
}

fn ok(body: Value) -> Answer {
    (StatusCode::OK, Json(body))
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

/// The routes of Medusa that the chat calls. `POST /dev/medusa/fault` disturbs those of the admin
/// API: `{"fault": "silent"}`, and `{"fault": null}` to end it.
pub(crate) fn router(medusa: DemoMedusa, clock: Clock, signer: Signer) -> Router {
    let admin = Router::new()
        .route("/customers", get(customers))
        .route("/customers/{id}", get(customer))
        .route("/orders", get(orders))
        .route("/orders/{id}", get(order))
        .route("/products", get(products))
        .route("/users/{id}", get(user))
        .layer(from_fn_with_state(medusa.clone(), answer));
    Router::new()
        .route(
            "/dev/medusa/auth/user/emailpass",
            post(async move |Json(login): Json<Value>| log_in(&login, &clock, &signer)),
        )
        .nest("/dev/medusa/admin", admin)
        .route("/dev/medusa/fault", post(disturb))
        .route("/dev/medusa/static/{file}", get(picture))
        .route("/dev/medusa/app/{*path}", get(dashboard))
        .with_state(medusa)
}

/// Counts a request, checks its key, and lets it meet the present fault.
async fn answer(State(medusa): State<DemoMedusa>, request: Request, next: Next) -> Response {
    medusa.lock().requests += 1;
    let expected = format!("Basic {}", BASE64.encode(format!("{API_KEY}:").as_bytes()));
    let is_allowed = request.headers().get(AUTHORIZATION).is_some_and(|given| *given == expected);
    let response = if is_allowed {
        next.run(request).await
    } else {
        let body = json!({ "message": "Unauthorized" });
        (StatusCode::UNAUTHORIZED, Json(body)).into_response()
    };
    let fault = medusa.lock().fault;
    match fault {
        Some(fault) => fault.instead_of(response).await,
        None => response,
    }
}

/// Which fault requests meet.
#[derive(Deserialize)]
struct Disturb {
    fault: Option<Fault>,
}

async fn disturb(State(medusa): State<DemoMedusa>, Json(wanted): Json<Disturb>) -> Json<Value> {
    medusa.disturb(wanted.fault);
    Json(json!({}))
}

async fn customers(State(medusa): State<DemoMedusa>, RawQuery(query): RawQuery) -> Answer {
    medusa.list_customers(query.as_deref())
}

async fn customer(
    State(medusa): State<DemoMedusa>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    medusa.look_up(&CUSTOMERS, &id, query.as_deref())
}

async fn user(
    State(medusa): State<DemoMedusa>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    medusa.look_up(&STAFF, &id, query.as_deref())
}

async fn orders(
    State(medusa): State<DemoMedusa>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    medusa.list_orders(query.as_deref(), &base(&headers))
}

async fn order(
    State(medusa): State<DemoMedusa>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    medusa.get_order(&id, query.as_deref(), &base(&headers))
}

async fn products(RawQuery(query): RawQuery, headers: HeaderMap) -> Answer {
    list_products(query.as_deref(), &base(&headers))
}

/// The demo Medusa's own address.
fn base(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    format!("http://{host}/dev/medusa")
}

async fn picture(Path(file): Path<String>) -> Response {
    match file.strip_suffix(".svg").and_then(stock::picture) {
        Some(picture) => ([(CONTENT_TYPE, "image/svg+xml")], picture).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Stands in for Medusa's dashboard, to which the inbox links.
async fn dashboard(Path(path): Path<String>) -> Html<String> {
    Html(format!(
        "<!doctype html><title>Medusa</title><p>Medusa’s dashboard shows <b>{}</b> here.",
        escape(&path)
    ))
}

/// Returns a token for an admin's address, such as `user_mia@staff.example`, and the password.
fn log_in(login: &Value, clock: &Clock, signer: &Signer) -> Answer {
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
            ask(&medusa, "customers/cus_ada?fields=id,email,first_name,last_name", KEY).await,
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
