//! The staff's work on a conversation: status, assignee, labels, and its rating by the member. The
//! member sees the rating and whether it is closed, and nothing else of it.

use std::collections::BTreeSet;

use crate::channel::status::{Queue, Status};
use crate::ids::ActorId;
use crate::log::rate::Rating;
use crate::shop::labels::LabelSlug;

/// Most labels of one channel.
pub const MAX_CHANNEL_LABELS: usize = 10;

/// The staff's work on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Its status.
    pub status: Status,
    /// The stretch from a first message to a close, counted from 1.
    pub case: u64,
    /// The admin who has it.
    pub assignee_id: Option<ActorId>,
    /// Its labels.
    pub labels: BTreeSet<LabelSlug>,
    /// The member's newest rating.
    pub rating: Option<Rating>,
    /// The seq of the last entry of the staff's log; 0 while there is none.
    pub staff_seq: u64,
}

impl Work {
    /// What the member sees of it: whether it is closed, the case, and their own rating.
    #[must_use]
    pub fn for_member(&self) -> Self {
        let status = match self.status.queue().for_member() {
            Queue::Closed => Status::Closed,
            Queue::Open | Queue::Snoozed => Status::Open,
        };
        let rating = self.rating.map(|rating| Rating { comment_seq: None, ..rating });
        Self { status, case: self.case, rating, ..Self::default() }
    }
}

impl Default for Work {
    /// The work on a new channel: none.
    fn default() -> Self {
        let (status, labels) = (Status::default(), BTreeSet::new());
        Self { status, case: 1, assignee_id: None, labels, rating: None, staff_seq: 0 }
    }
}
