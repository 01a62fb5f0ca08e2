//! Channels.

use domain::{Person, Principal, Reader, Roster, Side};
use serde::Serialize;

use crate::{Admin, Customer, Member, Message, Timestamp, members};

/// A channel as `caller` sees it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(clippy::struct_field_names, reason = "clients read these names")]
pub struct Channel {
    /// `chatch_…`
    id: String,
    /// `direct:<id>:<id>`, the ids sorted.
    channel_hash: String,
    /// Always `direct`.
    r#type: &'static str,
    /// When the newest message was created.
    last_message_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// The admin of the pair, or the shop's default key.
    admin_id: String,
    /// Who that is, where it can be resolved.
    admin: Option<Admin>,
    /// Who writes from the store side.
    customer: Customer,
    /// Messages that the caller has not read.
    unread_count: u64,
    /// When the oldest message of the customer or guest was created that no staff message follows.
    /// Staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(
        clippy::option_option,
        reason = "absent for customers, null for admins while nothing waits for an answer"
    )]
    unanswered_since: Option<Option<Timestamp>>,
    /// The newest message that is not deleted.
    last_message: Option<Message>,
    /// The seq of the log's last entry.
    last_seq: u64,
    /// The customer or guest, and every admin who has read.
    members: Vec<Member>,
}

impl Channel {
    /// The channel as `caller` sees it, with what is known of its people and its newest message.
    pub fn new(
        channel: &domain::Channel,
        admin: Option<&Person>,
        customer: Option<&Person>,
        last_message: Option<&domain::Message>,
        caller: &Principal,
        roster: &Roster,
    ) -> Self {
        let is_staff = caller.side() == Side::Staff;
        Self {
            id: channel.key().channel_id(),
            channel_hash: channel.hash.to_string(),
            r#type: "direct",
            last_message_at: channel.last_message_at.map(Into::into),
            created_at: channel.created_at.into(),
            updated_at: channel.updated_at.into(),
            admin_id: channel.admin_id.to_string(),
            admin: admin.and_then(|admin| Admin::known(admin, caller.side())),
            customer: Customer::new(channel, customer.filter(|_| is_staff)),
            unread_count: channel.unread(&Reader::of(caller)),
            unanswered_since: is_staff.then(|| channel.unanswered_since.map(Into::into)),
            last_message: last_message
                .map(|message| Message::new(channel, message, Some(caller), roster)),
            last_seq: channel.last_seq,
            members: members(channel, caller.side()),
        }
    }
}
