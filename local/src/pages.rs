//! The demo pages: a small shop with the widget, its desk with the inbox, and the OpenAPI document.
//! Only the local server serves them; no deployed function does.

use app::Clock;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::demo::people;
use crate::token::Signer;

/// The strictest policy that a shop may send: the widget must work under it.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; \
                      require-trusted-types-for 'script'; trusted-types 'none'";
/// Path, content type and content of each file.
const FILES: [(&str, &str, &str); 6] = [
    ("/", "text/html", include_str!("shop/index.html")),
    ("/desk", "text/html", include_str!("shop/desk.html")),
    ("/both", "text/html", include_str!("shop/both.html")),
    ("/shop/shop.css", "text/css", include_str!("shop/shop.css")),
    ("/shop/shop.js", "text/javascript", include_str!("shop/shop.js")),
    ("/shop/desk.js", "text/javascript", include_str!("shop/desk.js")),
];

/// Routes of the demo pages.
pub(crate) fn router(clock: Clock, signer: Signer) -> Router {
    let mut router = Router::new()
        .route(
            "/openapi.json",
            get(async || ([(CONTENT_TYPE, "application/json")], crate::document())),
        )
        .route("/dev/people.json", get(async move || tokens(&clock, &signer)));
    for (path, kind, content) in FILES {
        router = router.route(path, get(async move || file(kind, content)));
    }
    router
}

fn file(kind: &str, content: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (CACHE_CONTROL, "no-cache".to_owned()),
    ];
    (headers, content).into_response()
}

/// The people of the demo shop with a token each, in place of a login.
fn tokens(clock: &Clock, signer: &Signer) -> Json<serde_json::Value> {
    let now = clock.now();
    Json(
        people()
            .iter()
            .map(|person| {
                json!({
                    "id": person.id, "name": person.name, "is_staff": person.is_staff,
                    "token": signer.token(person, now),
                })
            })
            .collect(),
    )
}
