//! Channels.

use domain::{Channel as Head, Person, Principal, Queue, Reader, Roster, Side};
use serde::Serialize;

use crate::staff_entry::slugs;
use crate::{Admin, Customer, FileLinks, Member, Message, Rating, Timestamp, members};

/// A channel as `caller` sees it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Channel {
    #[serde(flatten)]
    core: ChannelCore,
    /// Messages that the caller has not read.
    unread_count: u64,
    /// The newest message that is not deleted.
    last_message: Option<Message>,
    /// The customer or guest, and every admin who has read.
    members: Vec<Member>,
}

/// A channel as everybody on one side sees it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelCore {
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
    /// The seq of the log's last entry.
    last_seq: u64,
    /// `open` or `closed`; for staff also `snoozed`.
    status: &'static str,
    /// The stretch from a first message to a close, counted from 1.
    case: u64,
    /// The newest rating by the customer or guest.
    rating: Option<Rating>,
    /// When the oldest message of the customer or guest was created that no staff message follows;
    /// null while nothing waits for an answer. Staff only, like all that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "absent for customers, null for admins")]
    unanswered_since: Option<Option<Timestamp>>,
    /// The end of the snooze.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "absent for customers, null for admins")]
    snoozed_until: Option<Option<Timestamp>>,
    /// The admin who has the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "absent for customers, null for admins")]
    assignee_id: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "absent for customers, null for admins")]
    assignee: Option<Option<Admin>>,
    /// The slugs of its labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
    /// The seq of the last entry of the staff's log; 0 while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    staff_seq: Option<u64>,
}

/// A channel's head, with what is known of its people.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Known<'a> {
    pub channel: &'a Head,
    pub admin: Option<&'a Person>,
    pub customer: Option<&'a Person>,
    pub roster: &'a Roster,
    pub links: Option<&'a dyn FileLinks>,
}

impl ChannelCore {
    /// The channel as that side sees it.
    pub(crate) fn new(known: &Known<'_>, side: Side) -> Self {
        let Known { channel, admin, customer, roster, .. } = *known;
        let (work, is_staff) = (&channel.work, side == Side::Staff);
        let queue = work.status.queue();
        let assignee = |id| Admin::new(id, roster.profile(id), side);
        Self {
            id: channel.key().channel_id(),
            channel_hash: channel.hash.to_string(),
            r#type: "direct",
            last_message_at: channel.last_message_at.map(Into::into),
            created_at: channel.created_at.into(),
            updated_at: channel.updated_at.into(),
            admin_id: channel.admin_id.to_string(),
            admin: admin.and_then(|admin| Admin::known(admin, side)),
            customer: Customer::new(channel, customer.filter(|_| is_staff)),
            last_seq: channel.last_seq,
            status: if is_staff { queue } else { Queue::for_member(queue) }.as_str(),
            case: work.case,
            rating: work.rating.map(Rating::without_comment),
            unanswered_since: is_staff.then(|| channel.waits_since().map(Into::into)),
            snoozed_until: is_staff.then(|| work.status.snoozed_until().map(Into::into)),
            assignee_id: is_staff.then(|| work.assignee_id.as_ref().map(ToString::to_string)),
            assignee: is_staff.then(|| work.assignee_id.as_ref().map(assignee)),
            labels: is_staff.then(|| slugs(&work.labels)),
            staff_seq: is_staff.then_some(work.staff_seq),
        }
    }
}

impl Channel {
    /// The channel as `caller` sees it, with its newest message and the comment of its rating.
    pub fn new(
        known: &Known<'_>,
        last_message: Option<&domain::Message>,
        comment: Option<&str>,
        caller: &Principal,
    ) -> Self {
        let Known { channel, roster, links, .. } = *known;
        let mut core = ChannelCore::new(known, caller.side());
        core.rating = channel.work.rating.map(|rating| Rating::new(rating, comment));
        Self {
            core,
            unread_count: channel.unread(&Reader::of(caller)),
            last_message: last_message
                .map(|message| Message::new(channel, message, Some(caller), roster, links)),
            members: members(channel, caller.side()),
        }
    }
}
