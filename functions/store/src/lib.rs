//! `/store/chat/*`: what customers and guests do; and `/chat/unsubscribe/*`, where the links in mails lead.

mod claim_guest;
mod create_guest;
mod create_ticket;
mod delete_message;
mod edit_message;
mod get_reply_time;
mod health;
mod list_channels;
mod list_events;
mod list_messages;
mod mark_read;
mod open_channel;
mod put_profile;
mod send_message;
mod unread_count;
mod unsubscribe;

use runtime::guard::{anybody, visitor};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, each in its guard.
pub fn routes() -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(visitor(routes!(list_channels::list_channels, open_channel::open_channel)))
        .routes(visitor(routes!(mark_read::mark_read)))
        .routes(visitor(routes!(list_events::list_events)))
        .routes(visitor(routes!(list_messages::list_messages, send_message::send_message)))
        .routes(visitor(routes!(edit_message::edit_message, delete_message::delete_message)))
        .routes(visitor(routes!(unread_count::unread_count)))
        .routes(visitor(routes!(create_ticket::create_ticket)))
        .routes(visitor(routes!(claim_guest::claim_guest)))
        .routes(anybody(routes!(create_guest::create_guest)))
        .routes(visitor(routes!(put_profile::put_profile)))
        .routes(anybody(routes!(get_reply_time::get_reply_time)))
        .routes(routes!(unsubscribe::show, unsubscribe::unsubscribe))
        .routes(routes!(health::health))
}
