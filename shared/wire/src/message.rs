//! Messages.

use domain::{Channel, MessageId, Principal, Role, Roster, Side};
use serde::Serialize;

use crate::{Admin, Attachment, Card, FileLinks, Meeting, Timestamp};

/// A message.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(clippy::struct_field_names, reason = "clients read these names")]
pub struct Message {
    /// `chatmsg_…`
    id: String,
    channel_id: String,
    /// Its place in the channel's log.
    seq: u64,
    /// Null for an automatic message of the shop.
    sender_id: Option<String>,
    /// `customer`, `guest`, `admin`, or `system` for an automatic message of the shop.
    sender_role: &'static str,
    /// The admin who sent it; null for other messages.
    sender: Option<Admin>,
    /// Empty once deleted.
    pub(crate) body: String,
    /// `text`, `meeting` or `system`.
    message_type: &'static str,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) card: Option<Card>,
    meeting: Option<Meeting>,
    /// The page of the shop from which it was sent: for staff only, and not in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "absent for customers, null for admins")]
    page: Option<Option<Page>>,
    client_message_id: Option<String>,
    /// Whether the caller sent it; not in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_own: Option<bool>,
    edited_at: Option<Timestamp>,
    deleted_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A page of the shop.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page {
    url: String,
    title: String,
}

impl Message {
    /// The message as `caller` sees it, with its sender's name on the roster and links to its
    /// files. An event has no caller and shows what customers may see.
    pub fn new(
        channel: &Channel,
        message: &domain::Message,
        caller: Option<&Principal>,
        roster: &Roster,
        links: Option<&dyn FileLinks>,
    ) -> Self {
        let key = channel.key();
        let (sender, seen_by) = (&message.sender_id, caller.map_or(Side::Member, Principal::side));
        Self {
            channel_id: key.channel_id(),
            id: MessageId { channel: key, seq: message.seq }.to_string(),
            seq: message.seq,
            sender_id: (message.sender_role != Role::System).then(|| sender.to_string()),
            sender_role: message.sender_role.as_str(),
            sender: (message.sender_role == Role::Admin)
                .then(|| Admin::new(sender, roster.profile(sender), seen_by)),
            body: message.body.clone(),
            message_type: message.message_type.as_str(),
            attachments: message
                .attachments
                .iter()
                .map(|file| Attachment::new(file, links))
                .collect(),
            card: message.card.as_ref().and_then(|card| Card::new(card, seen_by)),
            meeting: message.meeting.as_deref().map(Meeting::new),
            page: (seen_by == Side::Staff).then(|| {
                let page = message.page.as_ref();
                page.map(|page| Page { url: page.url.clone(), title: page.title.clone() })
            }),
            client_message_id: message.client_message_id.as_ref().map(|id| id.as_str().to_owned()),
            is_own: caller.map(|caller| message.is_own(caller)),
            edited_at: message.edited_at.map(Into::into),
            deleted_at: message.deleted_at.map(Into::into),
            created_at: message.created_at.into(),
            updated_at: message.updated_at().into(),
        }
    }
}
