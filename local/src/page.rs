//! What the local server shows beside the API: a start page with ready tokens, and the OpenAPI document.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use runtime::Clock;

use crate::demo::people;

/// The local pages. They exist in no deployed function.
pub(crate) fn router(url: String, clock: Clock) -> Router {
    Router::new()
        .route("/", get(async move || Html(start_page(&url, &clock))))
        .route("/openapi.json", get(async || ([(CONTENT_TYPE, "application/json")], crate::document()).into_response()))
}

fn start_page(url: &str, clock: &Clock) -> String {
    let now = clock.now();
    let rows = people().map(|person| {
        let (scope, hash) =
            if person.is_staff { ("admin", "direct:admin:cus_ada".to_owned()) } else { ("store", format!("direct:admin:{}", person.id)) };
        let token = person.token(now);
        let curl = format!("curl -s {url}/{scope}/chat/messages/{hash} -H \"Authorization: Bearer {token}\"");
        format!(
            "<section><h2>{} <code>{}</code></h2><label>Token<textarea readonly rows=3>{token}</textarea></label>\
             <label>The conversation<textarea readonly rows=5>{}</textarea></label></section>",
            person.name,
            person.id,
            curl.replace('&', "&amp;").replace('<', "&lt;")
        )
    });
    let rows = rows.concat();
    format!(
        "{HEAD}<p>The API answers at <code>{url}</code>. <a href=\"/openapi.json\">OpenAPI document</a> ·\
             <a href=\"/dev/outbox\">Outbox</a> · <a href=\"/dev/events\">Events</a></p><main>{rows}</main>"
    )
}

const HEAD: &str =
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Live chat, locally</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 64rem; margin: 3rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1rem; margin: 0 0 .75rem; } code { font-size: .9em; opacity: .75; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem; }
section { border: 1px solid color-mix(in srgb, currentColor 15%, transparent); border-radius: 8px; padding: 1rem 1.25rem; }
label { display: block; font-size: .8rem; margin-top: .5rem; }
textarea { width: 100%; box-sizing: border-box; font: 12px/1.5 ui-monospace, monospace; padding: .5rem; border-radius: 6px;
  border: 1px solid color-mix(in srgb, currentColor 20%, transparent); background: transparent; color: inherit; resize: vertical; }
</style><h1>Live chat, locally</h1>";
