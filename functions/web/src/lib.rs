//! The files that browsers load: the storefront's widget and the staff's inbox, from memory.
//!
//! The inbox's page, its service worker and the launcher are revalidated each time, so that a
//! deployment reaches them at once. They load all other files from a folder named after its
//! content, cached without end.

mod assets;
mod inbox;
mod installed;
mod widget;

use axum::Router;
use axum::routing::get;

/// The paths, as the gateway has them. They are not part of the API: only browsers call them.
pub const PATHS: [&str; 4] =
    ["/app/chat", "/app/chat/{file}", "/chat/widget.js", "/chat/assets/{version}/{file}"];

/// Serves all of [`PATHS`].
pub fn routes() -> Router {
    let [inbox, installed, widget, assets] = PATHS;
    Router::new()
        .route(inbox, get(inbox::inbox))
        .route(installed, get(installed::file))
        .route(widget, get(widget::widget))
        .route(assets, get(assets::asset))
}
