//! What endpoints answer, made of the objects of `wire`.

use axum::Json;
use domain::{
    CannedList, Channel, Mark, Message, MessageId, Person, Principal, Reader, ReplyTime, Timestamp,
};
use serde::Serialize;
use store::{ChannelPage, Listed, Listing, Log, Page};
use utoipa::ToSchema;
use wire::{Envelope, members};

/// `{ticket, expires_in, url, session_expires_at}`
#[derive(Serialize, ToSchema)]
pub struct TicketAnswer {
    /// Lets one connection in, once: as the sub-protocol `t.<ticket>` beside `chat.v1`, or as
    /// `?ticket=`.
    ticket: String,
    /// Seconds for which it counts.
    expires_in: i64,
    /// Where to connect.
    url: String,
    /// When the connection will end at the latest: be back with a new one before.
    session_expires_at: wire::Timestamp,
}

/// `{channel}`
#[derive(Serialize, ToSchema)]
pub struct ChannelAnswer {
    channel: wire::Channel,
}

/// `{channels, count, offset, limit, next_cursor}`
#[derive(Serialize, ToSchema)]
pub struct ChannelsAnswer {
    channels: Vec<wire::Channel>,
    /// How many there are in all.
    count: u64,
    /// There, and `true`, when a search found more than `count`.
    #[serde(skip_serializing_if = "Option::is_none")]
    count_capped: Option<bool>,
    /// Staff only, and only without a search: messages of customers and guests, in all channels,
    /// that the caller has not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_count: Option<u64>,
    offset: usize,
    limit: usize,
    /// Where the next part begins; null at the end.
    next_cursor: Option<String>,
}

/// `{channels}`
#[derive(Serialize, ToSchema)]
pub struct ClaimAnswer {
    channels: Vec<wire::Channel>,
}

/// `{message}`
#[derive(Serialize, ToSchema)]
pub struct MessageAnswer {
    message: wire::Message,
}

/// `{messages, limit, has_more, next_cursor, prev_cursor, last_seq, members}`
#[derive(Serialize, ToSchema)]
pub struct MessagesAnswer {
    /// Oldest first.
    messages: Vec<wire::Message>,
    limit: usize,
    /// Whether there are more in this direction.
    has_more: bool,
    /// Continues in this direction; null at the end.
    next_cursor: Option<String>,
    /// Continues in the other direction.
    prev_cursor: Option<String>,
    /// The seq of the log's last entry.
    last_seq: u64,
    members: Vec<wire::Member>,
}

/// `{events, last_seq, has_more, members}`
#[derive(Serialize, ToSchema)]
pub struct EventsAnswer {
    /// In order, without gaps.
    events: Vec<Envelope>,
    /// The seq of the log's last entry.
    last_seq: u64,
    has_more: bool,
    members: Vec<wire::Member>,
}

/// `{member, unread_count}`
#[derive(Serialize, ToSchema)]
pub struct ReadAnswer {
    member: wire::Member,
    /// The channel's, for the caller.
    unread_count: u64,
}

/// `{unread_count}`
#[derive(Serialize, ToSchema)]
pub struct UnreadAnswer {
    unread_count: u64,
}

/// `{staff}`
#[derive(Serialize, ToSchema)]
pub struct StaffAnswer {
    /// The admins who are known, by id; names may be null.
    staff: Vec<wire::Admin>,
}

/// `{canned}`
#[derive(Serialize, ToSchema)]
pub struct CannedAnswer {
    /// In the order in which they were given.
    canned: Vec<wire::Canned>,
}

/// `{reply_time}`
#[derive(Serialize, ToSchema)]
pub struct ReplyTimeAnswer {
    /// Null while fewer than five answers of the last 30 days were measured.
    reply_time: Option<wire::ReplyTime>,
}

/// `{id, object: "chat_message", deleted: true}`
#[derive(Serialize, ToSchema)]
pub struct DeletedAnswer {
    id: String,
    object: &'static str,
    deleted: bool,
}

/// `{profile}`
#[derive(Serialize, ToSchema)]
pub struct AdminProfileAnswer {
    profile: wire::AdminProfile,
}

/// `{profile}`
#[derive(Serialize, ToSchema)]
pub struct GuestProfileAnswer {
    profile: wire::GuestProfile,
}

fn view(listed: &Listed, caller: &Principal) -> wire::Channel {
    let Listed { channel, admin, customer, last_message } = listed;
    wire::Channel::new(channel, admin.as_ref(), customer.as_ref(), last_message.as_ref(), caller)
}

/// Answers with a ticket.
pub fn ticket(ticket: String, url: &str, session_end: Timestamp) -> Json<TicketAnswer> {
    Json(TicketAnswer {
        ticket,
        expires_in: store::TICKET_S,
        url: url.to_owned(),
        session_expires_at: session_end.into(),
    })
}

/// Answers with one channel.
pub fn channel(listed: &Listed, caller: &Principal) -> Json<ChannelAnswer> {
    Json(ChannelAnswer { channel: view(listed, caller) })
}

/// Answers with an admin's own profile.
pub fn admin_profile(person: &Person) -> Json<AdminProfileAnswer> {
    Json(AdminProfileAnswer { profile: wire::AdminProfile::new(person) })
}

/// Answers with what a guest has typed.
pub fn guest_profile(person: &Person) -> Json<GuestProfileAnswer> {
    Json(GuestProfileAnswer { profile: wire::GuestProfile::new(person) })
}

/// Answers with a part of a list.
pub fn channels(
    page: &ChannelPage<Listed>,
    caller: &Principal,
    listing: &Listing,
) -> Json<ChannelsAnswer> {
    Json(ChannelsAnswer {
        channels: page.channels.iter().map(|listed| view(listed, caller)).collect(),
        count: page.count,
        count_capped: page.capped.then_some(true),
        unread_count: page.unread,
        offset: listing.offset,
        limit: listing.limit,
        next_cursor: page.next.as_ref().map(store::Cursor::encode),
    })
}

/// Answers with the channels of a guest who was claimed.
pub fn claimed(channels: &[Listed], caller: &Principal) -> Json<ClaimAnswer> {
    Json(ClaimAnswer { channels: channels.iter().map(|listed| view(listed, caller)).collect() })
}

/// Answers with one message.
pub fn message(channel: &Channel, message: &Message, caller: &Principal) -> Json<MessageAnswer> {
    Json(MessageAnswer { message: wire::Message::new(channel, message, Some(caller)) })
}

/// Answers with a page of messages.
pub fn messages(page: &Page, query: &store::PageQuery, caller: &Principal) -> Json<MessagesAnswer> {
    let first = page.messages.first().map(|message| message.seq);
    let last = page.messages.last().map(|message| message.seq);
    let (onward, back) = match query.direction {
        store::Direction::Before => (first, last),
        store::Direction::After => (last, first),
    };
    Json(MessagesAnswer {
        messages: page
            .messages
            .iter()
            .map(|message| wire::Message::new(&page.channel, message, Some(caller)))
            .collect(),
        limit: query.limit,
        has_more: page.has_more,
        next_cursor: onward.filter(|_| page.has_more).map(|seq| seq.to_string()),
        // An empty page has no edge of its own: the way back begins where it was asked for.
        prev_cursor: back.or(query.cursor).map(|seq| seq.to_string()),
        last_seq: page.channel.last_seq,
        members: members(&page.channel, caller.side()),
    })
}

/// Answers with a piece of the log.
pub fn events(log: &Log, caller: &Principal) -> Json<EventsAnswer> {
    Json(EventsAnswer {
        events: log.changes.iter().map(|change| Envelope::of(&log.channel, change)).collect(),
        last_seq: log.last_seq,
        has_more: log.has_more,
        members: members(&log.channel, caller.side()),
    })
}

/// Answers with the caller's membership.
pub fn read(channel: &Channel, caller: &Principal) -> Json<ReadAnswer> {
    let reader = Reader::of(caller);
    // A reader without a mark has read nothing: shown as such, though nothing of it is stored.
    let mark = channel.marks.get(&reader).unwrap_or(&Mark::NOTHING);
    Json(ReadAnswer {
        member: wire::Member::new(channel, &reader, mark, caller.side()),
        unread_count: channel.unread(&reader),
    })
}

/// Answers with a number of unread messages.
pub fn unread(unread_count: u64) -> Json<UnreadAnswer> {
    Json(UnreadAnswer { unread_count })
}

/// Answers with who the admins are.
pub fn staff<'a>(people: impl IntoIterator<Item = &'a Person>) -> Json<StaffAnswer> {
    Json(StaffAnswer { staff: people.into_iter().map(wire::Admin::new).collect() })
}

/// Answers with the shop's canned answers.
pub fn canned(list: &CannedList) -> Json<CannedAnswer> {
    Json(CannedAnswer { canned: list.iter().map(Into::into).collect() })
}

/// Answers with how fast the staff answers.
pub fn reply_time(said: Option<ReplyTime>) -> Json<ReplyTimeAnswer> {
    Json(ReplyTimeAnswer { reply_time: said.map(Into::into) })
}

/// Answers that a message is deleted.
pub fn deleted(id: &MessageId) -> Json<DeletedAnswer> {
    Json(DeletedAnswer { id: id.to_string(), object: "chat_message", deleted: true })
}
