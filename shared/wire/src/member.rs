//! Members: how far each has read.

use domain::{ActorId, Channel, Mark, Reader, Role, Side, member_row_id};
use serde::Serialize;

use crate::Timestamp;

/// A membership: how far one person has read.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// `chatmem_…`
    id: String,
    channel_id: String,
    user_id: String,
    role: &'static str,
    /// When the newest message read was created.
    last_read_at: Option<Timestamp>,
    /// Everything up to this seq is read.
    last_read_seq: u64,
    /// When this member was last notified by mail. Staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(
        clippy::option_option,
        reason = "absent for customers, null for admins while there was no mail"
    )]
    notified_at: Option<Option<Timestamp>>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Member {
    /// The membership of `reader`, whose mark this is, as `seen_by` may see it.
    pub fn new(channel: &Channel, reader: &Reader, mark: &Mark, seen_by: Side) -> Self {
        let (user, role): (&ActorId, Role) = match reader {
            Reader::Member => (&channel.member_id, channel.member_role()),
            Reader::Admin(id) => (id, Role::Admin),
        };
        Self {
            id: member_row_id(&channel.hash, role.side(), user),
            channel_id: channel.key().channel_id(),
            user_id: user.to_string(),
            role: role.as_str(),
            last_read_at: mark.at.map(Into::into),
            last_read_seq: mark.seq,
            notified_at: (seen_by == Side::Staff)
                .then(|| channel.notified.get(reader).map(|notified| notified.at.into())),
            created_at: channel.created_at.into(),
            updated_at: mark.at.unwrap_or(channel.created_at).into(),
        }
    }
}

/// All members with a mark: the customer or guest first.
pub fn members(channel: &Channel, seen_by: Side) -> Vec<Member> {
    let marks = channel.marks.iter();
    marks.map(|(reader, mark)| Member::new(channel, reader, mark, seen_by)).collect()
}
