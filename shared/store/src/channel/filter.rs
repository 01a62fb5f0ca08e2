//! Which channels a list of the staff shows.

use domain::{ActorId, Channel, LabelSlug, NEVER_USED, Queue};

use crate::table::item::text;
use crate::table::keys;
use crate::table::update::Expression;

/// Which channels a list shows: those that meet every given condition.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this queue, and only channels with a message; `None` for all channels.
    pub queue: Option<Queue>,
    /// Only this assignee's.
    pub assignee: Option<Assignee>,
    /// Only with this label.
    pub label: Option<LabelSlug>,
}

/// Whose channels a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignee {
    /// Those that no admin has.
    Nobody,
    /// Those that this admin has.
    Admin(ActorId),
}

impl Filter {
    /// Whether it shows this channel.
    pub(crate) fn admits(&self, channel: &Channel) -> bool {
        let work = &channel.work;
        let queue = self
            .queue
            .is_none_or(|queue| queue == work.status.queue() && channel.last_message_at.is_some());
        let assignee = self.assignee.as_ref().is_none_or(|assignee| match assignee {
            Assignee::Nobody => work.assignee_id.is_none(),
            Assignee::Admin(id) => work.assignee_id.as_ref() == Some(id),
        });
        queue && assignee && self.label.as_ref().is_none_or(|label| work.labels.contains(label))
    }

    /// The condition on the index's rows, apart from the queue; `None` if there is none.
    pub(crate) fn condition(&self) -> Option<Expression> {
        let mut condition = Expression::default();
        if let Some(assignee) = &self.assignee {
            let id = match assignee {
                Assignee::Nobody => None,
                Assignee::Admin(id) => Some(text(id.as_str())),
            };
            condition.only_if_is(&["assignee_id"], id);
        }
        if let Some(label) = &self.label {
            let (labels, label) =
                (condition.path(&["labels"]), condition.value(text(label.as_str())));
            condition.only_if(format!("contains({labels}, {label})"));
        }
        (self.assignee.is_some() || self.label.is_some()).then_some(condition)
    }

    /// The queues that it shows.
    pub(crate) fn queues(&self) -> &[Queue] {
        match &self.queue {
            Some(queue) => std::slice::from_ref(queue),
            None => &Queue::ALL,
        }
    }

    /// The first minute of places that it shows: a queue has no channels without messages.
    pub(crate) fn first_minute(&self) -> String {
        keys::queue_minute(if self.queue.is_some() { 0 } else { -NEVER_USED })
    }
}
