//! The member rates a case.
//!
//! Each case has one rating: of the last closed case, or of the open one while none is closed. The
//! head has the newest rating without its comment, which is only in the rating's entry: the head's
//! size is the price of a send.

use serde::{Deserialize, Serialize};

use crate::channel::head::Channel;
use crate::channel::limits::SendLimit;
use crate::channel::status::Status;
use crate::channel::work::Work;
use crate::ids::EventId;
use crate::log::decision::{Append, Decision, Guard};
use crate::log::entry::What;
use crate::log::kind::Kind;
use crate::people::principal::Principal;
use crate::refusal::{Refusal, Validation};
use crate::text::body::MessageBody;
use crate::time::Timestamp;

/// The best score.
pub const MAX_SCORE: u8 = 5;
/// Longest comment, in characters.
pub const MAX_COMMENT: usize = 1_000;
/// How long a rating can be changed after it was first given, in milliseconds: a day.
const CHANGEABLE_MS: i64 = 86_400_000;

/// A score, from 1 to [`MAX_SCORE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub struct Score(u8);

impl Score {
    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u64> for Score {
    type Error = Validation;

    fn try_from(score: u64) -> Result<Self, Validation> {
        match u8::try_from(score) {
            Ok(0) => Err(Validation::TooSmall("score", 1)),
            Ok(score) if score <= MAX_SCORE => Ok(Self(score)),
            _ => Err(Validation::TooBig("score", MAX_SCORE.into())),
        }
    }
}

/// Checks a comment. A blank one is none.
pub fn comment(text: String) -> Result<Option<String>, Validation> {
    if text.chars().count() > MAX_COMMENT {
        return Err(Validation::TooBig("comment", MAX_COMMENT as u64));
    }
    Ok(Some(text).filter(|text| !MessageBody::is_blank(text)))
}

/// The rating of a case, as the head has it. Its names are short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// The score.
    #[serde(rename = "s")]
    pub score: Score,
    /// The case.
    #[serde(rename = "k")]
    pub case: u64,
    /// When the case was first rated.
    #[serde(rename = "c")]
    pub created_at: Timestamp,
    /// When the rating was last changed.
    #[serde(rename = "u")]
    pub updated_at: Timestamp,
    /// The `staff_seq` of the entry that has the comment; `None` without one.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub comment_seq: Option<u64>,
}

/// A rating with its comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rated {
    /// The rating.
    pub rating: Rating,
    /// What the member wrote about it.
    pub comment: Option<String>,
}

/// The command to rate.
#[derive(Clone, Copy, Debug)]
pub struct Rate<'a> {
    /// The channel's member.
    pub caller: &'a Principal,
    /// The new score.
    pub score: Score,
    /// The new comment.
    pub comment: Option<&'a str>,
    /// The id of the event, drawn beforehand.
    pub event_id: &'a EventId,
    /// The pace of the member's sends, which ratings share.
    pub limit: SendLimit,
}

impl Rate<'_> {
    /// Rates the case, or changes its rating. `comment` is that of the head's rating.
    pub fn decide(
        &self,
        channel: &Channel,
        comment: Option<&str>,
        now: Timestamp,
    ) -> Result<Decision<Rated>, Refusal> {
        if channel.last_message_at.is_none() {
            return Err(Refusal::NothingToRate);
        }
        let case = channel.work.rated_case();
        let before = channel.work.rating.filter(|rating| rating.case == case);
        if let Some(rating) = before {
            if (rating.score, comment) == (self.score, self.comment) {
                let comment = comment.map(ToOwned::to_owned);
                return Ok(Decision { subject: Rated { rating, comment }, append: None });
            }
            if now.since(rating.created_at) > CHANGEABLE_MS {
                return Err(Refusal::RatingIsFinal);
            }
        }
        let mut next = channel.next_version();
        next.spend_pace(Kind::Rated, self.caller, now, self.limit)?;
        let rating = Rating {
            score: self.score,
            case,
            created_at: before.map_or(now, |rating| rating.created_at),
            updated_at: now,
            comment_seq: self.comment.map(|_| next.work.staff_seq + 1),
        };
        next.work.rating = Some(rating);
        let rated = Rated { rating, comment: self.comment.map(ToOwned::to_owned) };
        let mut append = Append::begin(next, Guard::Log);
        let what = What::Rated(rated.clone());
        append.staff(Some(self.caller.clone()), self.event_id, now, what);
        Ok(Decision { subject: rated, append: Some(append) })
    }
}

impl Work {
    /// The case that a rating is about. A case that staff opened again keeps its rating.
    fn rated_case(&self) -> u64 {
        let is_rated = self.rating.is_some_and(|rating| rating.case == self.case);
        if self.status == Status::Closed || is_rated { self.case } else { (self.case - 1).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::fixtures::{at, channel, customer, send};

    const DAY: i64 = 86_400_000;

    fn rate(
        channel: &Channel,
        score: u64,
        comment: Option<&str>,
        now: i64,
    ) -> Result<(Channel, Option<Rated>), Refusal> {
        let (score, event_id) = (Score::try_from(score)?, &EventId::from_random([9; 16]));
        let limit = SendLimit { per_minute: 60, burst: 3 };
        let command = Rate { caller: &customer(), score, comment, event_id, limit };
        let before = channel.work.rating.and_then(|rating| rating.comment_seq);
        let decision = command.decide(channel, before.map(|_| "Quick"), at(now))?;
        let subject = decision.subject;
        Ok(match decision.append {
            Some(Append { next, entries, .. }) => {
                assert_eq!((entries.len(), next.work.rating), (1, Some(subject.rating)));
                assert_eq!(entries[0].what, What::Rated(subject.clone()));
                (next, Some(subject))
            }
            None => (channel.clone(), None),
        })
    }

    fn asked() -> Channel {
        send(&channel(), &customer(), 2_000).0
    }

    fn with(channel: &Channel, status: Status, case: u64) -> Channel {
        let mut next = channel.clone();
        (next.work.status, next.work.case) = (status, case);
        next
    }

    #[test]
    fn a_rating_is_of_the_last_closed_case_or_the_open_one() {
        let case_of = |channel: &Channel| {
            rate(channel, 4, None, 3_000).expect("rated").1.expect("an entry").rating.case
        };
        let asked = asked();
        assert_eq!(case_of(&asked), 1);
        assert_eq!(case_of(&with(&asked, Status::Closed, 1)), 1);
        assert_eq!(case_of(&with(&asked, Status::Open, 3)), 2);
        let closed = with(&asked, Status::Closed, 3);
        assert_eq!(case_of(&closed), 3);
        // Staff opens the rated case again, and the member changes its rating.
        let (rated, _) = rate(&closed, 5, None, 3_000).expect("rated");
        assert_eq!(case_of(&with(&rated, Status::Open, 3)), 3);
        assert_eq!(rate(&channel(), 4, None, 3_000), Err(Refusal::NothingToRate));
    }

    #[test]
    fn the_same_rating_again_is_no_entry() {
        let (rated, first) = rate(&asked(), 4, Some("Quick"), 3_000).expect("rated");
        assert_eq!(first.expect("an entry").rating.comment_seq, Some(1));
        assert_eq!((rated.work.staff_seq, rated.last_seq), (1, 1));
        assert_eq!(rated.updated_at, asked().updated_at);
        let again = rate(&rated, 4, Some("Quick"), 3_000 + 2 * DAY);
        assert_eq!(again, Ok((rated.clone(), None)));
        let (changed, second) = rate(&rated, 4, None, 4_000).expect("changed");
        let second = second.expect("an entry").rating;
        assert_eq!((second.created_at, second.updated_at), (at(3_000), at(4_000)));
        assert_eq!((second.comment_seq, changed.work.staff_seq), (None, 2));
    }

    #[test]
    fn a_rating_can_be_changed_for_a_day() {
        let (rated, _) = rate(&asked(), 4, None, 3_000).expect("rated");
        let (changed, _) = rate(&rated, 5, None, 3_000 + DAY).expect("changed");
        assert_eq!(rate(&changed, 4, None, 3_001 + DAY), Err(Refusal::RatingIsFinal));
        let next_case = with(&changed, Status::Closed, 2);
        assert!(rate(&next_case, 4, None, 3_001 + DAY).is_ok());
    }

    #[test]
    fn ratings_share_the_pace_of_sends() {
        let mut channel = asked();
        channel.paced = at(0);
        for score in [1, 2, 3] {
            channel = rate(&channel, score, None, 3_000).expect("rated").0;
        }
        let refused = rate(&channel, 4, None, 3_000);
        assert!(matches!(refused, Err(Refusal::TooManySends(_))), "{refused:?}");
    }

    #[test]
    fn scores_and_comments_have_limits() {
        assert!(Score::try_from(1).is_ok() && Score::try_from(5).is_ok());
        for wrong in [0, 6, 256, u64::MAX] {
            assert!(Score::try_from(wrong).is_err(), "{wrong}");
        }
        assert_eq!(comment(" \n".to_owned()), Ok(None));
        assert_eq!(comment("ä".repeat(1_000)), Ok(Some("ä".repeat(1_000))));
        assert_eq!(comment("ä".repeat(1_001)), Err(Validation::TooBig("comment", 1_000)));
    }
}
