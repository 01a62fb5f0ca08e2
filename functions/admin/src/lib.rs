//! `/admin/chat/*`: what staff does. Every admin may see and use every channel.

mod create_ticket;
mod delete_message;
mod edit_message;
mod get_canned;
mod get_channel;
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

use http::guard::agent;
use http::routes;
use http::routes::Routes;

/// The routes, each behind its guard.
pub fn routes<R: Routes>(list: R) -> R {
    routes!(
        list,
        agent => list_channels::list_channels,
        agent => open_channel::open_channel,
        agent => get_channel::get_channel,
        agent => mark_read::mark_read,
        agent => list_events::list_events,
        agent => list_messages::list_messages,
        agent => send_message::send_message,
        agent => edit_message::edit_message,
        agent => delete_message::delete_message,
        agent => unread_count::unread_count,
        agent => create_ticket::create_ticket,
        agent => get_profile::get_profile,
        agent => put_profile::put_profile,
        agent => list_staff::list_staff,
        agent => get_canned::get_canned,
        agent => put_canned::put_canned,
    )
}
