//! When somebody who is not there shall hear of a message by mail.
//!
//! Everything is decided by the head alone. An *episode* is the time in which somebody has not looked: it ends when their
//! mark moves, or when they write themselves. One mail an episode, so it is named by exactly these two numbers, and no clock
//! decides whether a mail was sent before.

use std::fmt;

use crate::channel::{Channel, Mark, Reader};
use crate::ids::ActorId;
use crate::principal::{Role, Side};
use crate::time::Timestamp;

/// How long after a message was stored its reader may still come and read it, in milliseconds (contract section 6).
pub const NOTICE_AFTER_MS: i64 = 60_000;
/// Least time between two notices to the same person, in milliseconds (contract section 6); to the inbox, about the same conversation.
pub const NOTICE_APART_MS: i64 = 15 * 60_000;

/// Who shall hear of messages in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// The channel's customer.
    Customer(ActorId),
    /// The admin whose channel it is.
    Admin(ActorId),
    /// Whoever reads the shop's inbox: the channel belongs to the shop's default key.
    Shop(ActorId),
}

impl Addressee {
    /// Whoever stands on that side; nobody for a guest, to whom no mail ever goes.
    pub fn of(channel: &Channel, side: Side, default_admin: &ActorId) -> Option<Self> {
        match side {
            Side::Member => (channel.member_role() == Role::Customer).then(|| Self::Customer(channel.member_id.clone())),
            Side::Staff if channel.admin_id == *default_admin => Some(Self::Shop(channel.admin_id.clone())),
            Side::Staff => Some(Self::Admin(channel.admin_id.clone())),
        }
    }

    /// The person, or the shop's default key.
    pub fn id(&self) -> &ActorId {
        match self {
            Self::Customer(id) | Self::Admin(id) | Self::Shop(id) => id,
        }
    }

    /// The side on which they stand.
    pub fn side(&self) -> Side {
        match self {
            Self::Customer(_) => Side::Member,
            Self::Admin(_) | Self::Shop(_) => Side::Staff,
        }
    }

    /// Under whose name the head remembers that they were told.
    pub(crate) fn reader(&self) -> Reader {
        match self {
            Self::Customer(_) => Reader::Member,
            Self::Admin(id) | Self::Shop(id) => Reader::Admin(id.clone()),
        }
    }
}

/// The time in which somebody has not looked at a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Episode {
    /// How far they had read when it began.
    pub mark: u64,
    /// Live messages of their own side: whoever writes has been there.
    pub own: u64,
}

impl Episode {
    /// Reads what `Display` printed.
    pub fn parse(text: &str) -> Option<Self> {
        let (mark, own) = text.split_once('.')?;
        Some(Self { mark: mark.parse().ok()?, own: own.parse().ok()? })
    }
}

impl fmt::Display for Episode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.mark, self.own)
    }
}

/// What a head remembers of the last mail to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notified {
    /// When it was sent.
    pub at: Timestamp,
    /// In which episode.
    pub episode: Episode,
    /// The seq of the last log entry that it could tell of.
    pub seq: u64,
}

impl Channel {
    /// On which side somebody has got a message by the write that made `before` into this head.
    pub fn written_since(&self, before: Option<&Self>) -> Option<Side> {
        let (staff, customer) = before.map_or((0, 0), |before| (before.live_staff, before.live_customer));
        // Only sending adds to them, and each write is one change.
        if self.live_staff > staff {
            Some(Side::Member)
        } else if self.live_customer > customer {
            Some(Side::Staff)
        } else {
            None
        }
    }

    /// The readers whose marks moved in the write that made `before` into this head.
    pub fn read_since(&self, before: Option<&Self>) -> Vec<Reader> {
        let seq = |reader: &Reader| before.and_then(|before| before.marks.get(reader)).map_or(0, |mark| mark.seq);
        self.marks.iter().filter(|(reader, mark)| mark.seq > seq(reader)).map(|(reader, _)| reader.clone()).collect()
    }

    /// When it is first looked whether somebody has read the newest message. A message's time rises with each one, so it
    /// follows a clock that once ran ahead; what is due never waits for that clock.
    pub fn notice_due(&self, now: Timestamp) -> Timestamp {
        self.last_message_at.map_or(now, |at| at.min(now)).plus_millis(NOTICE_AFTER_MS)
    }

    /// Messages of the other side that the addressee has not read: for the shop, that nobody of it has read.
    pub fn unread_by(&self, addressee: &Addressee) -> u64 {
        let live = match addressee.side() {
            Side::Member => self.live_staff,
            Side::Staff => self.live_customer,
        };
        live.saturating_sub(self.mark_of(addressee).map_or(0, |mark| mark.count))
    }

    /// The episode in which the addressee is.
    pub fn episode(&self, addressee: &Addressee) -> Episode {
        let own = match addressee.side() {
            Side::Member => self.live_customer,
            Side::Staff => self.live_staff,
        };
        Episode { mark: self.mark_of(addressee).map_or(0, |mark| mark.seq), own }
    }

    /// Whether the addressee has got a mail in the present episode.
    pub fn was_told(&self, addressee: &Addressee) -> bool {
        self.notified.get(&addressee.reader()).is_some_and(|notified| notified.episode == self.episode(addressee))
    }

    /// The seq up to which everything is read, or was told of by mail.
    pub fn known_to(&self, addressee: &Addressee) -> u64 {
        let told = self.notified.get(&addressee.reader()).map_or(0, |notified| notified.seq);
        told.max(self.mark_of(addressee).map_or(0, |mark| mark.seq))
    }

    /// The head once the addressee was sent a mail in this episode, which told of everything up to `seq`; nothing where it says so
    /// already. A customer waits on only for what came later.
    pub fn tell(&self, addressee: &Addressee, episode: Episode, seq: u64, now: Timestamp) -> Option<Self> {
        let before = self.notified.get(&addressee.reader());
        if before.is_some_and(|before| before.seq >= seq && before.episode == episode) {
            return None;
        }
        let mut next = self.next_version();
        let seq = before.map_or(seq, |before| before.seq.max(seq));
        next.notified.insert(addressee.reader(), Notified { at: now, episode, seq });
        if addressee.side() == Side::Member {
            next.waiting_since = self.waiting_since.filter(|_| self.last_seq > seq).and(self.last_message_at);
        }
        Some(next)
    }

    /// The head of a channel whose customer waits for nothing that a mail could tell.
    #[must_use]
    pub fn stop_waiting(&self) -> Self {
        let mut next = self.next_version();
        next.waiting_since = None;
        next
    }

    fn mark_of(&self, addressee: &Addressee) -> Option<&Mark> {
        match addressee {
            Addressee::Customer(_) => self.marks.get(&Reader::Member),
            Addressee::Admin(id) => self.marks.get(&Reader::Admin(id.clone())),
            Addressee::Shop(_) => {
                self.marks.iter().filter(|(reader, _)| **reader != Reader::Member).map(|(_, mark)| mark).max_by_key(|mark| mark.seq)
            }
        }
    }
}
