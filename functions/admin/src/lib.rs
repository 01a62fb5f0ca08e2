//! `/admin/chat/*`: what the staff does. Every admin may see and use every channel.

use api::{canned, channels, labels, messages, notes, people, push, realtime, settings};
use http::routes;
use http::routes::Routes;

/// The routes: who may pass, the path, the endpoint.
#[rustfmt::skip]
pub fn routes<R: Routes>(list: R) -> R {
    routes!(
        list,
        admin "/admin/chat/channels"                            channels::list_all,
        admin "/admin/chat/channels"                            channels::open,
        admin "/admin/chat/channels/{channel_hash}"             channels::get,
        admin "/admin/chat/channels/{channel_hash}"             channels::change,
        admin "/admin/chat/channels/{channel_hash}/read"        channels::mark_read,
        admin "/admin/chat/channels/{channel_hash}/transcript"  channels::request_transcript,
        admin "/admin/chat/channels/{channel_hash}/unread"      channels::mark_unread,
        admin "/admin/chat/channels/{channel_hash}/log"         channels::list_staff_log,
        admin "/admin/chat/channels/{channel_hash}/notes"       notes::add,
        admin "/admin/chat/notes/id/{note_id}"                  notes::edit,
        admin "/admin/chat/notes/id/{note_id}"                  notes::delete,
        admin "/admin/chat/labels"                              labels::list,
        admin "/admin/chat/labels"                              labels::replace,
        admin "/admin/chat/settings"                            settings::get,
        admin "/admin/chat/settings"                            settings::replace,
        admin "/admin/chat/counts"                              channels::count,
        admin "/admin/chat/channels/{channel_hash}/events"      channels::list_events,
        admin "/admin/chat/messages/{channel_hash}"             messages::list_with_deleted,
        admin "/admin/chat/messages/{channel_hash}"             messages::send,
        admin "/admin/chat/messages/id/{message_id}"            messages::edit,
        admin "/admin/chat/messages/id/{message_id}"            messages::delete,
        admin "/admin/chat/messages/unread-count"               messages::count_unread,
        admin "/admin/chat/realtime/ticket"                     realtime::create_ticket,
        admin "/admin/chat/profile"                             people::get_profile,
        admin "/admin/chat/profile"                             people::put_admin_profile,
        admin "/admin/chat/staff"                               people::list_staff,
        admin "/admin/chat/push"                                push::get,
        admin "/admin/chat/push/subscriptions"                  push::subscribe,
        admin "/admin/chat/push/subscriptions"                  push::unsubscribe,
        admin "/admin/chat/canned"                              canned::list,
        admin "/admin/chat/canned"                              canned::replace,
    )
}
