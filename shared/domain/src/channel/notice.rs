//! When to notify a person who is away of a message, by mail.
//!
//! The head alone decides. An *episode* is the time during which the addressee does not look at the
//! channel: it ends when their mark moves or their side writes. There is one mail per episode. The
//! mark and the number of messages that their side ever wrote name the episode. Neither number ever
//! falls, so no name repeats, and no clock decides whether a mail was sent.

use std::fmt;

use crate::channel::head::{Channel, Mark, Reader};
use crate::ids::ActorId;
use crate::log::message::Message;
use crate::people::principal::{Role, Side};
use crate::time::Timestamp;

/// How long an admin has to read a note that mentions them before a notice is due, in milliseconds.
/// For messages it is a setting.
pub const NOTICE_AFTER_MS: i64 = 60_000;
/// Least time between two notices to the same person, in milliseconds. For the shop's inbox:
/// between two notices about the same conversation.
pub const NOTICE_INTERVAL_MS: i64 = 15 * 60_000;
/// Most admins of one channel whose last notice is kept. The head must stay small.
pub const MAX_NOTIFIED: usize = 20;
/// When to check again for an addressee who was online, in milliseconds after the message.
const RECHECKS_MS: [i64; 3] = [5 * 60_000, 15 * 60_000, 60 * 60_000];

/// When a notice is due for a message of `created_at` that its addressee has `after_ms` to read. A
/// date in the future comes from a clock that ran ahead, and delays nothing.
pub fn notice_due(created_at: Timestamp, now: Timestamp, after_ms: i64) -> Timestamp {
    created_at.min(now).plus_millis(after_ms)
}

/// When to check again, after `checks` checks found the addressee online; `None` after the last
/// one. A message dated in the future has no age: its checks count from now.
pub fn next_check(created_at: Timestamp, now: Timestamp, checks: u8) -> Option<Timestamp> {
    let from = created_at.min(now);
    let left = RECHECKS_MS.iter().skip(if created_at > now { usize::from(checks) } else { 0 });
    left.map(|after| from.plus_millis(*after)).find(|at| *at > now)
}

/// Who is notified of the messages in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// The channel's customer.
    Customer(ActorId),
    /// The channel's guest, who may have left an address.
    Guest(ActorId),
    /// The channel's assignee; without one, the admin of the pair.
    Admin(ActorId),
    /// The shop's inbox: the channel is the default key's, and no admin has it.
    Shop(ActorId),
}

impl Addressee {
    /// The addressee on that side.
    pub fn of(channel: &Channel, side: Side, default_admin: &ActorId) -> Self {
        match side {
            Side::Member if channel.member_role() == Role::Guest => {
                Self::Guest(channel.member_id.clone())
            }
            Side::Member => Self::Customer(channel.member_id.clone()),
            Side::Staff => {
                let id = channel.work.assignee_id.as_ref().unwrap_or(&channel.admin_id).clone();
                if id == *default_admin { Self::Shop(id) } else { Self::Admin(id) }
            }
        }
    }

    /// The person, or the shop's default key.
    pub fn id(&self) -> &ActorId {
        match self {
            Self::Customer(id) | Self::Guest(id) | Self::Admin(id) | Self::Shop(id) => id,
        }
    }

    /// The addressee's side.
    pub fn side(&self) -> Side {
        match self {
            Self::Customer(_) | Self::Guest(_) => Side::Member,
            Self::Admin(_) | Self::Shop(_) => Side::Staff,
        }
    }

    /// The name under which the head stores the last notification.
    pub(crate) fn reader(&self) -> Reader {
        match self {
            Self::Customer(_) | Self::Guest(_) => Reader::Member,
            Self::Admin(id) | Self::Shop(id) => Reader::Admin(id.clone()),
        }
    }
}

/// A time during which the addressee does not look at the channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Episode {
    /// The seq of their mark when it began.
    pub mark: u64,
    /// How many messages the people of their side ever sent, deleted ones included.
    pub sent: u64,
}

impl Episode {
    /// Parses what `Display` prints.
    pub fn parse(text: &str) -> Option<Self> {
        let (mark, sent) = text.split_once('.')?;
        Some(Self { mark: mark.parse().ok()?, sent: sent.parse().ok()? })
    }
}

impl fmt::Display for Episode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.mark, self.sent)
    }
}

/// The last notification of an addressee, as the head stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Notified {
    pub at: Timestamp,
    pub episode: Episode,
    /// The seq of the last entry of the log at that time.
    pub seq: u64,
}

impl Channel {
    /// The readers whose marks moved in the write that made `before` into this head.
    pub fn readers_since(&self, before: Option<&Self>) -> Vec<Reader> {
        let seq = |reader: &Reader| {
            before.and_then(|before| before.marks.get(reader)).map_or(0, |mark| mark.seq)
        };
        self.marks
            .iter()
            .filter(|(reader, mark)| mark.seq > seq(reader))
            .map(|(reader, _)| reader.clone())
            .collect()
    }

    /// How many live messages of the other side the addressee has not read. For the shop: those
    /// that no admin has read.
    pub fn unread_by(&self, addressee: &Addressee) -> u64 {
        let live = match addressee.side() {
            Side::Member => self.live_staff,
            Side::Staff => self.live_customer,
        };
        live.saturating_sub(self.mark_of(addressee).map_or(0, |mark| mark.count))
    }

    /// The addressee's current episode.
    pub fn episode(&self, addressee: &Addressee) -> Episode {
        let sent = match addressee.side() {
            Side::Member => self.sent().customer,
            Side::Staff => self.sent().staff.saturating_sub(self.automatic),
        };
        Episode { mark: self.mark_of(addressee).map_or(0, |mark| mark.seq), sent }
    }

    /// Whether a person of the addressee's side has written since this message of the other side.
    /// What the shop itself writes is no answer: while the member waits, no admin has written.
    pub fn has_written_since(&self, message: &Message, addressee: &Addressee) -> bool {
        let side = addressee.side();
        let waits = self.unanswered_since.is_some_and(|since| since <= message.created_at);
        let only_the_shop_wrote = side == Side::Staff && self.automatic > 0 && waits;
        // The tallies count deleted messages too. A row of an older version has none.
        let was_written = !message.sent.is_empty() && message.sent.of(side) < self.sent().of(side);
        was_written && !only_the_shop_wrote
    }

    /// Whether the addressee was notified in the current episode.
    pub fn was_notified(&self, addressee: &Addressee) -> bool {
        self.notified
            .get(&addressee.reader())
            .is_some_and(|notified| notified.episode == self.episode(addressee))
    }

    /// The seq up to which the addressee has read or was notified.
    pub fn known_to(&self, addressee: &Addressee) -> u64 {
        let notified = self.notified.get(&addressee.reader()).map_or(0, |notified| notified.seq);
        notified.max(self.mark_of(addressee).map_or(0, |mark| mark.seq))
    }

    /// Records that the addressee was notified of everything up to `seq` in this episode. Returns
    /// `None` if the head says so already. A customer keeps waiting only for later messages. The
    /// channel forgets the admin who was notified longest ago when more than [`MAX_NOTIFIED`] were.
    pub fn mark_notified(
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
        let admins = next.notified.iter().filter(|(reader, _)| **reader != Reader::Member);
        if admins.clone().count() > MAX_NOTIFIED
            && let Some(oldest) = admins.min_by_key(|(_, notified)| notified.at)
        {
            let oldest = oldest.0.clone();
            next.notified.remove(&oldest);
        }
        if addressee.side() == Side::Member {
            next.waiting_since =
                self.waiting_since.filter(|_| self.last_seq > seq).and(self.last_message_at);
        }
        Some(next)
    }

    /// Records that the customer waits for no message that a mail could report.
    #[must_use]
    pub fn stop_waiting(&self) -> Self {
        let mut next = self.next_version();
        next.waiting_since = None;
        next
    }

    fn mark_of(&self, addressee: &Addressee) -> Option<&Mark> {
        match addressee {
            Addressee::Customer(_) | Addressee::Guest(_) => self.marks.get(&Reader::Member),
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
    fn names_of_episodes_do_not_repeat() {
        let sides = [
            (customer(), Addressee::Customer(actor("cus_1"))),
            (admin(), Addressee::Shop(actor("admin"))),
        ];
        for (writer, addressee) in sides {
            let mut channel = channel();
            let mut names = vec![channel.episode(&addressee).to_string()];
            for n in 2..6 {
                let (sent, message) = send(&channel, &writer, n * 1_000);
                let name = sent.episode(&addressee).to_string();
                assert!(!names.contains(&name), "{name} again, after {names:?}");
                names.push(name.clone());
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
    fn the_assignee_comes_first_and_each_addressee_is_notified_once_an_episode() {
        let (shop, mia) = (actor("admin"), actor("user_mia"));
        let addressee = |channel: &Channel| Addressee::of(channel, Side::Staff, &shop);
        let (mut channel, _) = send(&channel(), &customer(), 2_000);
        let inbox = Addressee::Shop(shop.clone());
        assert_eq!(addressee(&channel), inbox);
        let notified = |channel: &Channel, to: &Addressee| {
            channel.mark_notified(to, channel.episode(to), 1, at(3_000)).expect("news")
        };
        channel = notified(&channel, &inbox);
        channel.work.assignee_id = Some(mia.clone());
        let assignee = Addressee::Admin(mia);
        assert_eq!(addressee(&channel), assignee);
        assert!(!channel.was_notified(&assignee) && channel.known_to(&assignee) == 0);
        channel = notified(&channel, &assignee);
        channel.work.assignee_id = None;
        assert!(channel.was_notified(&inbox) && channel.was_notified(&assignee));
        channel.work.assignee_id = Some(shop.clone());
        assert_eq!(addressee(&channel), inbox);
    }

    #[test]
    fn a_channel_remembers_the_latest_admins_who_were_notified() {
        let (mut channel, _) = send(&channel(), &customer(), 2_000);
        let admin = |n: usize| Addressee::Admin(actor(&format!("user_{n}")));
        for n in 0..MAX_NOTIFIED + 5 {
            let at = at(3_000 + i64::try_from(n).unwrap());
            let to = admin(n);
            channel = channel.mark_notified(&to, channel.episode(&to), 1, at).expect("news");
        }
        assert_eq!(channel.notified.len(), MAX_NOTIFIED);
        assert!(!channel.was_notified(&admin(4)) && channel.was_notified(&admin(5)));
    }

    #[test]
    fn an_addressee_who_is_online_is_checked_three_times_more() {
        let minutes = |n: i64| at(n * 60_000);
        let again = |now| next_check(minutes(0), minutes(now), 0);
        assert_eq!(
            [again(1), again(4), again(5), again(14)],
            [minutes(5), minutes(5), minutes(15), minutes(15)].map(Some)
        );
        assert_eq!(
            [again(15), again(59), again(60), again(600)],
            [Some(minutes(60)), Some(minutes(60)), None, None]
        );
        // The message was dated by a clock that runs a day ahead.
        let ahead = |checks| next_check(minutes(1_440), minutes(0), checks);
        assert_eq!(
            [ahead(0), ahead(1), ahead(2), ahead(3)],
            [Some(minutes(5)), Some(minutes(15)), Some(minutes(60)), None]
        );
    }

    #[test]
    fn a_clock_that_ran_ahead_delays_no_notice() {
        assert_eq!(notice_due(at(5_000), at(9_000), NOTICE_AFTER_MS), at(5_000 + NOTICE_AFTER_MS));
        assert_eq!(
            notice_due(at(86_400_000), at(9_000), NOTICE_AFTER_MS),
            at(9_000 + NOTICE_AFTER_MS)
        );
    }
}
