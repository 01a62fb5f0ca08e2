//! What browsers load: the storefront's widget and the staff's inbox, from memory.
//!
//! The pages are asked for anew each time and change with the next deployment; what they load
//! stands in a folder named after its content and is kept for good.

mod assets;
mod inbox;
mod widget;

use axum::Router;
use axum::routing::get;

/// The paths, as the gateway has them. They are no part of the API: nothing but a browser calls
/// them.
pub const PATHS: [&str; 3] = ["/app/chat", "/chat/widget.js", "/chat/assets/{version}/{file}"];

/// The routes.
pub fn routes() -> Router {
    let [inbox, widget, assets] = PATHS;
    Router::new()
        .route(inbox, get(inbox::inbox))
        .route(widget, get(widget::widget))
        .route(assets, get(assets::asset))
}
