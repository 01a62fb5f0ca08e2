//! The status of a conversation in the staff's work.

use crate::refusal::Validation;
use crate::time::Timestamp;

/// Longest time to come for which a conversation can be snoozed, in milliseconds: a year.
const MAX_SNOOZE_MS: i64 = 365 * 86_400_000;

/// The status of a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// The staff works on it, or has not looked at it yet.
    #[default]
    Open,
    /// It comes back at this time, or when the member writes.
    Snoozed {
        /// When the snooze ends.
        until: Timestamp,
    },
    /// The staff is done with it, until the member writes again.
    Closed,
}

impl Status {
    /// Parses a status that a caller asks for. `snoozed_until` of another status is ignored.
    /// Whether its time is in the future is decided with the change: see
    /// [`Status::check_time`].
    pub fn parse(name: &str, snoozed_until: Option<&str>) -> Result<Self, Validation> {
        match Queue::parse("status", name)? {
            Queue::Open => Ok(Self::Open),
            Queue::Closed => Ok(Self::Closed),
            Queue::Snoozed => {
                let until = snoozed_until.ok_or(Validation::Required("snoozed_until"))?;
                let until = Timestamp::parse(until)
                    .ok_or(Validation::Form("snoozed_until", "an ISO 8601 time with an offset"))?;
                Ok(Self::Snoozed { until })
            }
        }
    }

    /// Refuses a snooze that has ended, or that ends in more than a year.
    pub(crate) fn check_time(self, now: Timestamp) -> Result<(), Validation> {
        match self {
            Self::Snoozed { until } if until <= now || until.since(now) > MAX_SNOOZE_MS => {
                Err(Validation::Form("snoozed_until", "in the future, within a year"))
            }
            _ => Ok(()),
        }
    }

    /// The queue that holds conversations of this status.
    pub const fn queue(self) -> Queue {
        match self {
            Self::Open => Queue::Open,
            Self::Snoozed { .. } => Queue::Snoozed,
            Self::Closed => Queue::Closed,
        }
    }

    /// The end of the snooze.
    pub const fn snoozed_until(self) -> Option<Timestamp> {
        match self {
            Self::Snoozed { until } => Some(until),
            Self::Open | Self::Closed => None,
        }
    }
}

/// A queue of conversations: those of one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// Open conversations.
    Open,
    /// Snoozed conversations.
    Snoozed,
    /// Closed conversations.
    Closed,
}

impl Queue {
    /// Every queue: a list of all channels goes over these.
    pub const ALL: [Self; 3] = [Self::Open, Self::Snoozed, Self::Closed];

    /// Parses the name of a status.
    pub fn parse(field: &'static str, name: &str) -> Result<Self, Validation> {
        Self::ALL.into_iter().find(|queue| queue.as_str() == name).ok_or_else(|| {
            Validation::OneOf { field, allowed: "open, snoozed, closed", got: name.to_owned() }
        })
    }

    /// The status as the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }

    /// The status as the member sees it: a snooze is the staff's own matter.
    #[must_use]
    pub const fn for_member(self) -> Self {
        match self {
            Self::Snoozed => Self::Open,
            other => other,
        }
    }
}
