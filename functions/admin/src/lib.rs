//! `/admin/chat/*`: what staff does. Every admin may see and use every channel.

mod create_ticket;
mod delete_message;
mod edit_message;
mod get_canned;
mod get_profile;
mod list_channels;
mod list_events;
mod list_messages;
mod list_staff;
mod mark_read;
mod open_channel;
mod put_canned;
mod put_profile;
mod send_message;
mod unread_count;

use runtime::guard::agent;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, each in its guard.
pub fn routes() -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(agent(routes!(list_channels::list_channels, open_channel::open_channel)))
        .routes(agent(routes!(mark_read::mark_read)))
        .routes(agent(routes!(list_events::list_events)))
        .routes(agent(routes!(list_messages::list_messages, send_message::send_message)))
        .routes(agent(routes!(edit_message::edit_message, delete_message::delete_message)))
        .routes(agent(routes!(unread_count::unread_count)))
        .routes(agent(routes!(create_ticket::create_ticket)))
        .routes(agent(routes!(get_profile::get_profile, put_profile::put_profile)))
        .routes(agent(routes!(list_staff::list_staff)))
        .routes(agent(routes!(get_canned::get_canned, put_canned::put_canned)))
}
