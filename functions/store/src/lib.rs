//! `/store/chat/*`: what customers and guests do; and `/chat/unsubscribe/*`, where the links in
//! mails lead.

mod claim_guest;
mod create_guest;
mod create_ticket;
mod delete_message;
mod edit_message;
mod get_channel;
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

use http::guard::{anybody, everybody, visitor};
use http::routes;
use http::routes::Routes;

/// The routes, each behind its guard.
pub fn routes<R: Routes>(list: R) -> R {
    routes!(
        list,
        visitor => list_channels::list_channels,
        visitor => open_channel::open_channel,
        visitor => get_channel::get_channel,
        visitor => mark_read::mark_read,
        visitor => list_events::list_events,
        visitor => list_messages::list_messages,
        visitor => send_message::send_message,
        visitor => edit_message::edit_message,
        visitor => delete_message::delete_message,
        visitor => unread_count::unread_count,
        visitor => create_ticket::create_ticket,
        visitor => claim_guest::claim_guest,
        anybody => create_guest::create_guest,
        visitor => put_profile::put_profile,
        anybody => get_reply_time::get_reply_time,
        everybody => unsubscribe::show,
        everybody => unsubscribe::unsubscribe,
        everybody => health::health,
    )
}
