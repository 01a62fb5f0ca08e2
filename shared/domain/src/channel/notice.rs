//! When somebody who is not there shall hear of a message by mail.
//!
//! Everything is decided by the head alone. An *episode* is the time in which somebody has not
//! looked: it ends when their mark moves, or when they write themselves. One mail an episode, so it
//! is named by the mark and by how many messages their side ever wrote. Neither number ever falls,
//! so no name comes back, and no clock decides whether a mail was sent.

use std::fmt;

use crate::channel::head::{Channel, Mark, Reader};
use crate::ids::ActorId;
use crate::people::principal::{Role, Side};
use crate::time::Timestamp;

/// How long after a message was stored its reader may still come and read it, in milliseconds
/// (contract section 6).
pub const NOTICE_AFTER_MS: i64 = 60_000;
/// Least time between two notices to the same person, in milliseconds (contract section 6); to the
/// inbox, about the same conversation.
pub const NOTICE_APART_MS: i64 = 15 * 60_000;
/// When a notice that found its addressee online looks again, in milliseconds after the message
/// (contract section 9).
const LOOKS_AGAIN_MS: [i64; 3] = [5 * 60_000, 15 * 60_000, 60 * 60_000];

/// When a message that was stored at `created_at` is due for a notice. A clock that ran ahead dated
/// it later than it was stored, and delays nothing.
pub fn notice_due(created_at: Timestamp, now: Timestamp) -> Timestamp {
    created_at.min(now).plus_millis(NOTICE_AFTER_MS)
}

/// When to look again, after `looks` looks that found the addressee online; nothing once the last
/// look is over. A message dated later than now has no age: then the looks count from now.
pub fn look_again(created_at: Timestamp, now: Timestamp, looks: u8) -> Option<Timestamp> {
    let from = created_at.min(now);
    let left = LOOKS_AGAIN_MS.iter().skip(if created_at > now { usize::from(looks) } else { 0 });
    left.map(|after| from.plus_millis(*after)).find(|at| *at > now)
}

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
            Side::Member => (channel.member_role() == Role::Customer)
                .then(|| Self::Customer(channel.member_id.clone())),
            Side::Staff if channel.admin_id == *default_admin => {
                Some(Self::Shop(channel.admin_id.clone()))
            }
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
    /// Messages that their own side ever wrote, deleted ones too: who writes has been there.
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
    /// The readers whose marks moved in the write that made `before` into this head.
    pub fn read_since(&self, before: Option<&Self>) -> Vec<Reader> {
        let seq = |reader: &Reader| {
            before.and_then(|before| before.marks.get(reader)).map_or(0, |mark| mark.seq)
        };
        self.marks
            .iter()
            .filter(|(reader, mark)| mark.seq > seq(reader))
            .map(|(reader, _)| reader.clone())
            .collect()
    }

    /// Messages of the other side that the addressee has not read: for the shop, that nobody of it
    /// has read.
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
            Side::Member => self.sent().customer,
            Side::Staff => self.sent().staff,
        };
        Episode { mark: self.mark_of(addressee).map_or(0, |mark| mark.seq), own }
    }

    /// Whether the addressee has got a mail in the present episode.
    pub fn was_told(&self, addressee: &Addressee) -> bool {
        self.notified
            .get(&addressee.reader())
            .is_some_and(|notified| notified.episode == self.episode(addressee))
    }

    /// The seq up to which everything is read, or was told of by mail.
    pub fn known_to(&self, addressee: &Addressee) -> u64 {
        let told = self.notified.get(&addressee.reader()).map_or(0, |notified| notified.seq);
        told.max(self.mark_of(addressee).map_or(0, |mark| mark.seq))
    }

    /// The head once the addressee was sent a mail in this episode, which told of everything up to
    /// `seq`; nothing where it says so already. A customer waits on only for what came later.
    pub fn tell(
        &self,
        addressee: &Addressee,
        episode: Episode,
        seq: u64,
        now: Timestamp,
    ) -> Option<Self> {
        let before = self.notified.get(&addressee.reader());
        if before.is_some_and(|before| before.seq >= seq && before.episode == episode) {
            return None;
        }
        let mut next = self.next_version();
        let seq = before.map_or(seq, |before| before.seq.max(seq));
        next.notified.insert(addressee.reader(), Notified { at: now, episode, seq });
        if addressee.side() == Side::Member {
            next.waiting_since =
                self.waiting_since.filter(|_| self.last_seq > seq).and(self.last_message_at);
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
            Addressee::Shop(_) => self
                .marks
                .iter()
                .filter(|(reader, _)| **reader != Reader::Member)
                .map(|(_, mark)| mark)
                .max_by_key(|mark| mark.seq),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::fixtures::{actor, admin, at, channel, customer, delete, send};

    #[test]
    fn no_episode_has_the_name_of_an_earlier_one() {
        let sides = [
            (customer(), Addressee::Customer(actor("cus_1"))),
            (admin(), Addressee::Shop(actor("admin"))),
        ];
        for (writer, addressee) in sides {
            let mut channel = channel();
            let mut met = vec![channel.episode(&addressee).to_string()];
            for n in 2..6 {
                let (sent, message) = send(&channel, &writer, n * 1_000);
                let name = sent.episode(&addressee).to_string();
                assert!(!met.contains(&name), "{name} again, after {met:?}");
                met.push(name.clone());
                let next = delete(&sent, &message, &writer, &[]);
                assert_eq!(
                    next.episode(&addressee).to_string(),
                    name,
                    "a delete begins no episode, and ends none"
                );
                channel = next;
            }
        }
    }

    #[test]
    fn who_is_online_is_looked_for_three_times_more() {
        let minutes = |n: i64| at(n * 60_000);
        let again = |now| look_again(minutes(0), minutes(now), 0);
        assert_eq!(
            [again(1), again(4), again(5), again(14)],
            [minutes(5), minutes(5), minutes(15), minutes(15)].map(Some)
        );
        assert_eq!(
            [again(15), again(59), again(60), again(600)],
            [Some(minutes(60)), Some(minutes(60)), None, None]
        );
        // A message of a clock that ran a day ahead.
        let ahead = |looks| look_again(minutes(1_440), minutes(0), looks);
        assert_eq!(
            [ahead(0), ahead(1), ahead(2), ahead(3)],
            [Some(minutes(5)), Some(minutes(15)), Some(minutes(60)), None]
        );
    }

    #[test]
    fn a_clock_that_ran_ahead_delays_no_notice() {
        assert_eq!(notice_due(at(5_000), at(9_000)), at(5_000 + NOTICE_AFTER_MS));
        assert_eq!(notice_due(at(86_400_000), at(9_000)), at(9_000 + NOTICE_AFTER_MS));
    }
}
