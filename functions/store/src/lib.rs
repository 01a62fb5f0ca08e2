//! `/store/chat/*`: what customers and guests do; and `/chat/unsubscribe/*`, where the links in
//! mails lead.

use api::{availability, channels, guests, health, mail, messages, people, realtime, reply_time};
use http::routes;
use http::routes::Routes;

/// The routes: who may pass, the path, the endpoint.
#[rustfmt::skip]
pub fn routes<R: Routes>(list: R) -> R {
    routes!(
        list,
        member "/store/chat/channels"                           channels::list_own,
        member "/store/chat/channels"                           channels::open_own,
        member "/store/chat/channels/{channel_hash}"            channels::get,
        member "/store/chat/channels/{channel_hash}/read"       channels::mark_read,
        member "/store/chat/channels/{channel_hash}/rating"     channels::rate,
        member "/store/chat/channels/{channel_hash}/transcript" channels::request_transcript,
        member "/store/chat/channels/{channel_hash}/events"     channels::list_events,
        member "/store/chat/messages/{channel_hash}"            messages::list,
        member "/store/chat/messages/{channel_hash}"            messages::send,
        member "/store/chat/messages/id/{message_id}"           messages::edit,
        member "/store/chat/messages/id/{message_id}"           messages::delete,
        member "/store/chat/messages/unread-count"              messages::count_own_unread,
        member "/store/chat/realtime/ticket"                    realtime::create_ticket,
        member "/store/chat/guest/claim"                        guests::claim,
        public "/store/chat/guest"                              guests::create,
        public "/store/chat/guest/resume"                       guests::resume,
        member "/store/chat/profile"                            people::put_guest_profile,
        public "/store/chat/availability"                       availability::get_availability,
        public "/store/chat/reply-time"                         reply_time::get_reply_time,
        always "/chat/unsubscribe/{token}"                      mail::show_unsubscribe,
        always "/chat/unsubscribe/{token}"                      mail::unsubscribe,
        always "/health"                                        health::health,
    )
}
