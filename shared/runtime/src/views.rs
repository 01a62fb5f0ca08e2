//! What answers and events show: the objects of the contract's section 3, made from the domain's.

use axum::Json;
use domain::{
    ActorId, CannedList, Channel, EmailAddress, Entry, EventId, Mark, Message, MessageId, Person,
    Principal, Reader, ReplyTime, Role, Side, Timestamp, What, member_row_id,
};
use serde::Serialize;
use store::{ChannelPage, Listed, Listing, Log, Page};
use utoipa::ToSchema;

/// A channel as `caller` sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Channel)]
pub struct ChannelView {
    /// `chatch_…`
    id: String,
    /// `direct:<id>:<id>`, the ids sorted.
    channel_hash: String,
    /// Always `direct`.
    r#type: &'static str,
    /// When the newest message was created.
    #[schema(format = "date-time")]
    last_message_at: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    updated_at: String,
    /// The admin of the pair, or the shop's default key.
    admin_id: String,
    /// Who that is, where it can be resolved.
    admin: Option<AdminView>,
    /// Who writes from the store side.
    customer: CustomerView,
    /// Messages that the caller has not read.
    unread_count: u64,
    /// When the oldest message of the customer or guest was created that no message of the staff
    /// came after; admins see it only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    #[expect(
        clippy::option_option,
        reason = "absent for customers, null for admins while nothing waits for an answer"
    )]
    unanswered_since: Option<Option<String>>,
    /// The newest message that is not deleted.
    last_message: Option<MessageView>,
    /// The seq of the log's last entry.
    last_seq: u64,
    /// The customer or guest, and every admin who has read.
    members: Vec<MemberView>,
}

/// An admin as others see one.
#[derive(Serialize, ToSchema)]
#[schema(as = Admin)]
pub struct AdminView {
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    avatar_url: Option<String>,
}

/// A customer or guest.
#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub struct CustomerView {
    id: String,
    /// `guest` exactly when the id starts with `guest_`.
    #[schema(value_type = String)]
    role: Role,
    /// Staff only, like all that follows; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Whether the shop vouches for these. What a guest typed is not verified, and no mail goes
    /// there.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
    /// Only there as `false`: mail cannot go to the address, since it has letters beyond ASCII
    /// before the `@`, or another form.
    #[serde(skip_serializing_if = "Option::is_none")]
    mailable: Option<bool>,
}

/// Who an admin is, as they see it themselves.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminProfile)]
pub struct AdminProfileView {
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    avatar_url: Option<String>,
    /// Whether they want the daily mail.
    digest: bool,
}

/// Who a guest says to be.
#[derive(Serialize, ToSchema)]
#[schema(as = GuestProfile)]
pub struct GuestProfileView {
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    /// Always `false`: it is what the guest typed.
    verified: bool,
}

/// `{profile}`
#[derive(Serialize, ToSchema)]
pub struct AdminProfileAnswer {
    profile: AdminProfileView,
}

/// `{profile}`
#[derive(Serialize, ToSchema)]
pub struct GuestProfileAnswer {
    profile: GuestProfileView,
}

/// A membership: how far somebody has read.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub struct MemberView {
    /// `chatmem_…`
    id: String,
    channel_id: String,
    user_id: String,
    #[schema(value_type = String)]
    role: Role,
    /// When the newest message read was created.
    #[schema(format = "date-time")]
    last_read_at: Option<String>,
    /// Everything up to this seq is read.
    last_read_seq: u64,
    /// When a mail last told of unread messages; admins see it only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    #[expect(
        clippy::option_option,
        reason = "absent for customers, null for admins while there was no mail"
    )]
    notified_at: Option<Option<String>>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    updated_at: String,
}

/// A message.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageView {
    /// `chatmsg_…`
    id: String,
    channel_id: String,
    /// Its place in the channel's log.
    seq: u64,
    sender_id: String,
    #[schema(value_type = String)]
    sender_role: Role,
    /// Empty once deleted.
    body: String,
    /// `text`, `meeting` or `system`.
    message_type: &'static str,
    client_message_id: Option<String>,
    /// Whether the caller sent it; not in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_own: Option<bool>,
    #[schema(format = "date-time")]
    edited_at: Option<String>,
    #[schema(format = "date-time")]
    deleted_at: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    updated_at: String,
}

/// An event: pushed to sockets, kept in the log, the same for every receiver.
#[derive(Serialize, ToSchema)]
pub struct Envelope {
    /// `chat.message.created`, `chat.message.updated` or `chat.message.deleted`.
    event: &'static str,
    /// `evt_…`: one per change.
    event_id: String,
    channel_id: String,
    channel_hash: String,
    /// The change's place in the channel's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// When the change happened.
    #[schema(format = "date-time")]
    ts: String,
    payload: Payload,
}

/// What an event tells.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Payload {
    /// Created and updated: the message in its present state.
    Message {
        /// The message.
        message: MessageView,
        /// There, and `true`, when the body was too long for a frame: the log has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        truncated: Option<bool>,
    },
    /// Deleted: which, and when.
    Deleted {
        /// The message's id.
        id: String,
        /// When.
        #[schema(format = "date-time")]
        deleted_at: String,
    },
    /// Read: the membership as it is now.
    Read {
        /// The membership.
        member: MemberView,
    },
    /// Typing and looking: who.
    Hint {
        /// Who is typing, or looking.
        user_id: String,
        /// What they are to the shop.
        #[schema(value_type = String)]
        role: Role,
    },
}

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
    #[schema(format = "date-time")]
    session_expires_at: String,
}

/// `{channel}`
#[derive(Serialize, ToSchema)]
pub struct ChannelAnswer {
    channel: ChannelView,
}

/// `{channels, count, offset, limit, next_cursor}`
#[derive(Serialize, ToSchema)]
pub struct ChannelsAnswer {
    channels: Vec<ChannelView>,
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
    channels: Vec<ChannelView>,
}

/// `{message}`
#[derive(Serialize, ToSchema)]
pub struct MessageAnswer {
    message: MessageView,
}

/// `{messages, limit, has_more, next_cursor, prev_cursor, last_seq, members}`
#[derive(Serialize, ToSchema)]
pub struct MessagesAnswer {
    /// Oldest first.
    messages: Vec<MessageView>,
    limit: usize,
    /// Whether there are more in this direction.
    has_more: bool,
    /// Continues in this direction; null at the end.
    next_cursor: Option<String>,
    /// Continues in the other direction.
    prev_cursor: Option<String>,
    /// The seq of the log's last entry.
    last_seq: u64,
    members: Vec<MemberView>,
}

/// `{events, last_seq, has_more, members}`
#[derive(Serialize, ToSchema)]
pub struct EventsAnswer {
    /// In order, without gaps.
    events: Vec<Envelope>,
    /// The seq of the log's last entry.
    last_seq: u64,
    has_more: bool,
    members: Vec<MemberView>,
}

/// `{member, unread_count}`
#[derive(Serialize, ToSchema)]
pub struct ReadAnswer {
    member: MemberView,
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
    staff: Vec<AdminView>,
}

/// A canned answer.
#[derive(Serialize, ToSchema)]
#[schema(as = Canned)]
pub struct CannedView {
    /// What is typed to get it, in lower case.
    shortcut: String,
    text: String,
}

/// `{canned}`
#[derive(Serialize, ToSchema)]
pub struct CannedAnswer {
    /// In the order in which they were given.
    canned: Vec<CannedView>,
}

/// How fast the staff answers.
#[derive(Serialize, ToSchema)]
#[schema(as = ReplyTime)]
pub struct ReplyTimeView {
    /// The median, from a customer's or guest's message to the staff's answer, in seconds.
    median_seconds: u64,
    /// Of how many answers.
    measured: usize,
}

/// `{reply_time}`
#[derive(Serialize, ToSchema)]
pub struct ReplyTimeAnswer {
    /// Null while fewer than five answers of the last 30 days were measured.
    reply_time: Option<ReplyTimeView>,
}

/// `{id, object: "chat_message", deleted: true}`
#[derive(Serialize, ToSchema)]
pub struct DeletedAnswer {
    id: String,
    object: &'static str,
    deleted: bool,
}

impl ChannelView {
    fn of(listed: &Listed, caller: &Principal) -> Self {
        let channel = &listed.channel;
        Self {
            id: channel.key().channel_id(),
            channel_hash: channel.hash.to_string(),
            r#type: "direct",
            last_message_at: channel.last_message_at.map(|at| at.to_string()),
            created_at: channel.created_at.to_string(),
            updated_at: channel.updated_at.to_string(),
            admin_id: channel.admin_id.to_string(),
            admin: listed.admin.as_ref().and_then(AdminView::of_known),
            customer: CustomerView::of(
                channel,
                listed.customer.as_ref().filter(|_| caller.side() == Side::Staff),
            ),
            unread_count: channel.unread(&Reader::of(caller)),
            unanswered_since: (caller.side() == Side::Staff)
                .then(|| channel.unanswered_since.map(|at| at.to_string())),
            last_message: listed
                .last_message
                .as_ref()
                .map(|message| MessageView::of(channel, message, Some(caller))),
            last_seq: channel.last_seq,
            members: members(channel, caller.side()),
        }
    }
}

impl AdminView {
    /// What others see of an admin: never the address.
    fn of(person: &Person) -> Self {
        let profile = person.profile();
        Self {
            id: person.id.to_string(),
            first_name: profile.first_name,
            last_name: profile.last_name,
            avatar_url: profile.avatar_url,
        }
    }

    /// The same; nothing when nothing is known.
    fn of_known(person: &Person) -> Option<Self> {
        let profile = person.profile();
        let known = profile.full_name().is_some() || profile.avatar_url.is_some();
        known.then(|| Self::of(person))
    }
}

impl CustomerView {
    /// The channel's customer or guest, with what is known of them where that may be shown.
    fn of(channel: &Channel, known: Option<&Person>) -> Self {
        let profile = known.map(Person::profile).unwrap_or_default();
        Self {
            id: channel.member_id.to_string(),
            role: channel.member_role(),
            first_name: profile.first_name,
            last_name: profile.last_name,
            mailable: known.filter(|person| person.has_unmailable_address()).map(|_| false),
            email: profile.email.as_ref().map(EmailAddress::readable),
            verified: known.map(|person| !person.id.is_guest()),
        }
    }
}

impl MemberView {
    fn of(channel: &Channel, reader: &Reader, mark: &Mark, seen_by: Side) -> Self {
        let (user, role): (&ActorId, Role) = match reader {
            Reader::Member => (&channel.member_id, channel.member_role()),
            Reader::Admin(id) => (id, Role::Admin),
        };
        Self {
            id: member_row_id(&channel.hash, role.side(), user),
            channel_id: channel.key().channel_id(),
            user_id: user.to_string(),
            role,
            last_read_at: mark.at.map(|at| at.to_string()),
            last_read_seq: mark.seq,
            notified_at: (seen_by == Side::Staff)
                .then(|| channel.notified.get(reader).map(|notified| notified.at.to_string())),
            created_at: mark.joined_at.to_string(),
            updated_at: mark.moved_at.to_string(),
        }
    }
}

/// Everybody whose reading the channel knows: the customer or guest first.
fn members(channel: &Channel, seen_by: Side) -> Vec<MemberView> {
    channel
        .marks
        .iter()
        .map(|(reader, mark)| MemberView::of(channel, reader, mark, seen_by))
        .collect()
}

impl MessageView {
    /// The message as `caller` sees it; in an event there is no caller.
    fn of(channel: &Channel, message: &Message, caller: Option<&Principal>) -> Self {
        let key = channel.key();
        Self {
            channel_id: key.channel_id(),
            id: MessageId { channel: key, seq: message.seq }.to_string(),
            seq: message.seq,
            sender_id: message.sender_id.to_string(),
            sender_role: message.sender_role,
            body: message.body.clone(),
            message_type: message.message_type.as_str(),
            client_message_id: message.client_message_id.as_ref().map(|id| id.as_str().to_owned()),
            is_own: caller.map(|caller| message.is_own(caller)),
            edited_at: message.edited_at.map(|at| at.to_string()),
            deleted_at: message.deleted_at.map(|at| at.to_string()),
            created_at: message.created_at.to_string(),
            updated_at: message.updated_at().to_string(),
        }
    }
}

impl Envelope {
    /// The event of an entry; nothing for one of an unknown kind.
    pub fn of(channel: &Channel, entry: &Entry) -> Option<Self> {
        let (key, kind) = (channel.key(), entry.what.kind()?);
        let message_id =
            |message: &Message| MessageId { channel: key.clone(), seq: message.seq }.to_string();
        let payload = match &entry.what {
            What::MessageSent(message) | What::MessageEdited(message) => Payload::Message {
                message: MessageView::of(channel, message, None),
                truncated: None,
            },
            What::MessageDeleted(message) => {
                Payload::Deleted { id: message_id(message), deleted_at: entry.ts.to_string() }
            }
            What::Unknown => return None,
        };
        Some(Self {
            event: kind.event_name(),
            event_id: entry.id.as_str().to_owned(),
            channel_id: key.channel_id(),
            channel_hash: channel.hash.to_string(),
            seq: Some(entry.seq),
            message_id: entry.message().map(message_id),
            ts: entry.ts.to_string(),
            payload,
        })
    }
}

impl Envelope {
    /// The event of somebody's reading; nothing for who has no mark.
    pub fn of_read(channel: &Channel, reader: &Reader) -> Option<Self> {
        let mark = channel.marks.get(reader)?;
        let event = EventId::of_read(&channel.key(), reader, mark.seq);
        // As customers see it: every receiver gets the same.
        let member = MemberView::of(channel, reader, mark, Side::Member);
        Some(Self::without_seq(
            "chat.channel.read",
            event.as_str(),
            channel,
            mark.moved_at,
            Payload::Read { member },
        ))
    }

    /// The event's name.
    pub fn name(&self) -> &'static str {
        self.event
    }

    fn without_seq(
        event: &'static str,
        id: &str,
        channel: &Channel,
        now: Timestamp,
        payload: Payload,
    ) -> Self {
        let (channel_id, channel_hash) = (channel.key().channel_id(), channel.hash.to_string());
        Self {
            event,
            event_id: id.to_owned(),
            channel_id,
            channel_hash,
            seq: None,
            message_id: None,
            ts: now.to_string(),
            payload,
        }
    }

    /// The event as a frame. One that would be too long for the gateway goes without its body, and
    /// says so.
    pub(crate) fn into_frame(mut self) -> String {
        let frame = to_text(&self);
        if frame.len() <= MAX_FRAME_BYTES {
            return frame;
        }
        if let Payload::Message { message, truncated } = &mut self.payload {
            message.body.clear();
            *truncated = Some(true);
        }
        to_text(&self)
    }
}

/// Longest event that is sent whole, in bytes: below the gateway's 32 KB a frame.
const MAX_FRAME_BYTES: usize = 30_000;

/// The answer to a ping.
pub const PONG: &str = r#"{"event":"pong"}"#;

/// The answer to a frame that is not understood.
pub fn error_frame(message: &str) -> String {
    serde_json::json!({ "event": "error", "message": message }).to_string()
}

/// What somebody does in a channel at this moment: told, and never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// They are writing.
    Typing,
    /// An admin has it in front of them.
    Looking,
}

impl Hint {
    /// The event's name on the wire.
    pub const fn event_name(self) -> &'static str {
        match self {
            Self::Typing => "chat.typing",
            Self::Looking => "chat.looking",
        }
    }
}

/// Tells what somebody does at this moment.
pub fn hint_frame(
    hint: Hint,
    channel: &Channel,
    person: &Principal,
    event: &EventId,
    now: Timestamp,
) -> String {
    let payload = Payload::Hint { user_id: person.id().to_string(), role: person.role() };
    to_text(&Envelope::without_seq(hint.event_name(), event.as_str(), channel, now, payload))
}

fn to_text(envelope: &Envelope) -> String {
    // Plain fields with text keys: this cannot fail.
    serde_json::to_string(envelope).unwrap_or_default()
}

/// Answers with a ticket.
pub fn ticket(ticket: String, url: &str, session_end: Timestamp) -> Json<TicketAnswer> {
    Json(TicketAnswer {
        ticket,
        expires_in: store::TICKET_S,
        url: url.to_owned(),
        session_expires_at: session_end.to_string(),
    })
}

/// Answers with one channel.
pub fn channel(listed: &Listed, caller: &Principal) -> Json<ChannelAnswer> {
    Json(ChannelAnswer { channel: ChannelView::of(listed, caller) })
}

/// Answers with an admin's own profile.
pub fn admin_profile(person: &Person) -> Json<AdminProfileAnswer> {
    let (profile, digest) = (person.profile(), person.digest);
    let email = profile.email.as_ref().map(EmailAddress::readable);
    let (first_name, last_name, avatar_url) =
        (profile.first_name, profile.last_name, profile.avatar_url);
    Json(AdminProfileAnswer {
        profile: AdminProfileView {
            id: person.id.to_string(),
            first_name,
            last_name,
            email,
            avatar_url,
            digest,
        },
    })
}

/// Answers with what a guest has typed.
pub fn guest_profile(person: &Person) -> Json<GuestProfileAnswer> {
    let profile = person.profile();
    let email = profile.email.as_ref().map(EmailAddress::readable);
    let (first_name, last_name, verified) = (profile.first_name, profile.last_name, false);
    Json(GuestProfileAnswer {
        profile: GuestProfileView {
            id: person.id.to_string(),
            first_name,
            last_name,
            email,
            verified,
        },
    })
}

/// Answers with a part of a list.
pub fn channels(
    page: &ChannelPage<Listed>,
    caller: &Principal,
    listing: &Listing,
) -> Json<ChannelsAnswer> {
    Json(ChannelsAnswer {
        channels: page.channels.iter().map(|listed| ChannelView::of(listed, caller)).collect(),
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
    Json(ClaimAnswer {
        channels: channels.iter().map(|listed| ChannelView::of(listed, caller)).collect(),
    })
}

/// Answers with one message.
pub fn message(channel: &Channel, message: &Message, caller: &Principal) -> Json<MessageAnswer> {
    Json(MessageAnswer { message: MessageView::of(channel, message, Some(caller)) })
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
            .map(|message| MessageView::of(&page.channel, message, Some(caller)))
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
        events: log.entries.iter().filter_map(|entry| Envelope::of(&log.channel, entry)).collect(),
        last_seq: log.last_seq,
        has_more: log.has_more,
        members: members(&log.channel, caller.side()),
    })
}

/// Answers with the caller's membership.
pub fn read(channel: &Channel, caller: &Principal) -> Json<ReadAnswer> {
    let reader = Reader::of(caller);
    // A reader without a mark has read nothing: shown as such, though nothing of it is stored.
    let nothing = Mark {
        seq: 0,
        at: None,
        count: 0,
        joined_at: channel.created_at,
        moved_at: channel.created_at,
    };
    let mark = channel.marks.get(&reader).unwrap_or(&nothing);
    Json(ReadAnswer {
        member: MemberView::of(channel, &reader, mark, caller.side()),
        unread_count: channel.unread(&reader),
    })
}

/// Answers with a number of unread messages.
pub fn unread(unread_count: u64) -> Json<UnreadAnswer> {
    Json(UnreadAnswer { unread_count })
}

/// Answers with who the admins are.
pub fn staff<'a>(people: impl IntoIterator<Item = &'a Person>) -> Json<StaffAnswer> {
    Json(StaffAnswer { staff: people.into_iter().map(AdminView::of).collect() })
}

/// Answers with the shop's canned answers.
pub fn canned(list: &CannedList) -> Json<CannedAnswer> {
    let canned = list.iter().map(|canned| CannedView {
        shortcut: canned.shortcut().to_owned(),
        text: canned.text().to_owned(),
    });
    Json(CannedAnswer { canned: canned.collect() })
}

/// Answers with how fast the staff answers.
pub fn reply_time(said: Option<ReplyTime>) -> Json<ReplyTimeAnswer> {
    let view = |ReplyTime { median_seconds, measured }| ReplyTimeView { median_seconds, measured };
    Json(ReplyTimeAnswer { reply_time: said.map(view) })
}

/// Answers that a message is deleted.
pub fn deleted(id: &MessageId) -> Json<DeletedAnswer> {
    Json(DeletedAnswer { id: id.to_string(), object: "chat_message", deleted: true })
}
