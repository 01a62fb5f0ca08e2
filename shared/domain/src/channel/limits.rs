//! Rate limits per caller. Each limit's state is one small value on an item that the operation
//! writes anyway, so a limit costs no extra write.

use crate::refusal::Refusal;
use crate::time::Timestamp;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The rate of sends from the member's side of one channel: `per_minute` on average, `burst` at
/// once.
///
/// The state is one instant (the generic cell rate algorithm): at that time the whole burst is
/// available again. There is no counter to reset and no window to slide.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SendLimit {
    pub per_minute: u32,
    pub burst: u32,
}

impl SendLimit {
    /// Spends one send at `now`, given the stored instant. Returns the instant to store.
    pub fn spend(&self, paced: Timestamp, now: Timestamp) -> Result<Timestamp, Refusal> {
        let interval = 60_000 / i64::from(self.per_minute.max(1));
        let burst = interval * i64::from(self.burst.max(1));
        // Only a clock that ran ahead of this one can have stored a later instant.
        let paced = paced.clamp(now, now.plus_millis(burst));
        let next = paced.plus_millis(interval);
        let over = next.since(now) - burst;
        if over > 0 { Err(Refusal::TooManySends(seconds_up(over))) } else { Ok(next) }
    }
}

/// How many channels a customer or guest may open.
#[derive(Clone, Copy, Debug)]
pub struct OpensLimit {
    /// Within any hour.
    pub per_hour: u32,
    /// In total.
    pub ever: u32,
}

/// How many channels a customer or guest has opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opens {
    /// When, within the hour before the last one; oldest first.
    pub recent: Vec<Timestamp>,
    /// In total.
    pub ever: u32,
}

impl Opens {
    /// Counts one at `now`, or refuses it.
    pub fn add(&self, limit: OpensLimit, now: Timestamp) -> Result<Self, Refusal> {
        let mut recent = within_an_hour(&self.recent, now);
        if recent.len() >= limit.per_hour as usize {
            let oldest = recent.first().copied().unwrap_or(now);
            return Err(Refusal::TooManyOpens(seconds_up(oldest.plus_millis(HOUR_MS).since(now))));
        }
        if self.ever >= limit.ever {
            return Err(Refusal::ChannelCap(limit.ever));
        }
        recent.push(now);
        Ok(Self { recent, ever: self.ever + 1 })
    }
}

/// How often a guest may change name or address. Each change writes and removes rows of search
/// words.
#[derive(Clone, Copy, Debug)]
pub struct RenamesLimit {
    /// Within any hour.
    pub per_hour: u32,
}

impl RenamesLimit {
    /// Counts one at `now` after those in `before`, or refuses it. Returns the instants to store.
    pub fn add(self, before: &[Timestamp], now: Timestamp) -> Result<Vec<Timestamp>, Refusal> {
        one_more_within_an_hour(self.per_hour, before, now).map_err(Refusal::TooManyRenames)
    }
}

/// How many files a customer or guest may announce.
#[derive(Clone, Copy, Debug)]
pub struct FilesLimit {
    /// Within any hour.
    pub per_hour: u32,
}

impl FilesLimit {
    /// Counts one at `now` after those in `before`, or refuses it. Returns the instants to store.
    pub fn add(self, before: &[Timestamp], now: Timestamp) -> Result<Vec<Timestamp>, Refusal> {
        one_more_within_an_hour(self.per_hour, before, now).map_err(Refusal::TooManyFiles)
    }
}

/// Most transcripts that a person gets within any hour.
const TRANSCRIPTS_PER_HOUR: u32 = 3;

/// Counts a transcript at `now` after those in `before`, or refuses it. Returns the instants to
/// store.
pub fn count_transcript(before: &[Timestamp], now: Timestamp) -> Result<Vec<Timestamp>, Refusal> {
    one_more_within_an_hour(TRANSCRIPTS_PER_HOUR, before, now).map_err(Refusal::TooManyTranscripts)
}

/// Least time between two mails to an unverified address, in milliseconds.
const UNVERIFIED_INTERVAL_MS: i64 = HOUR_MS;
/// Most mails to an unverified address within any day.
const UNVERIFIED_PER_DAY: usize = 3;
/// Most new addresses of one source that are mailed on one day.
pub const NEW_ADDRESSES_PER_DAY: u32 = 20;

/// Counts a mail to an unverified address at `now` after those in `before`, or returns the instant
/// from which on one may be sent. Returns the instants to store.
pub fn count_unverified_mail(
    before: &[Timestamp],
    now: Timestamp,
) -> Result<Vec<Timestamp>, Timestamp> {
    let mut recent: Vec<_> = before.iter().map(|at| (*at).min(now)).collect();
    recent.retain(|at| now.since(*at) < DAY_MS);
    recent.sort_unstable();
    let hourly = recent.last().map(|at| at.plus_millis(UNVERIFIED_INTERVAL_MS));
    let daily = recent.iter().rev().nth(UNVERIFIED_PER_DAY - 1).map(|at| at.plus_millis(DAY_MS));
    if let Some(free_at) = hourly.max(daily).filter(|free_at| *free_at > now) {
        return Err(free_at);
    }
    recent.push(now);
    Ok(recent)
}

/// Adds one instant to those of the last hour, or returns the seconds until there is room.
fn one_more_within_an_hour(
    most: u32,
    before: &[Timestamp],
    now: Timestamp,
) -> Result<Vec<Timestamp>, u32> {
    let mut recent = within_an_hour(before, now);
    if recent.len() >= most as usize {
        let oldest = recent.first().copied().unwrap_or(now);
        return Err(seconds_up(oldest.plus_millis(HOUR_MS).since(now)));
    }
    recent.push(now);
    Ok(recent)
}

/// The instants of the last hour. An instant in the future comes from a clock that ran ahead of
/// this one, and counts as now.
fn within_an_hour(instants: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
    instants.iter().map(|at| (*at).min(now)).filter(|at| now.since(*at) < HOUR_MS).collect()
}

/// Milliseconds as whole seconds, rounded up and at least one, so that no `Retry-After` is too
/// early.
fn seconds_up(millis: i64) -> u32 {
    u32::try_from((millis + 999) / 1000).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_at_once_then_one_every_three_seconds() {
        let limit = SendLimit { per_minute: 20, burst: 10 };
        let start = Timestamp::from_millis(1_000_000);
        let mut paced = Timestamp::default();
        for _ in 0..10 {
            paced = limit.spend(paced, start).expect("within the burst");
        }
        assert_eq!(limit.spend(paced, start), Err(Refusal::TooManySends(3)));
        assert_eq!(limit.spend(paced, start.plus_millis(2_500)), Err(Refusal::TooManySends(1)));
        paced = limit.spend(paced, start.plus_millis(3_000)).expect("three seconds later");
        assert!(limit.spend(paced, start.plus_millis(3_000)).is_err());
        let rested = start.plus_millis(60_000);
        for _ in 0..10 {
            paced = limit.spend(paced, rested).expect("rested");
        }
        assert!(limit.spend(paced, rested).is_err());
        let clock_went_back = rested.plus_millis(-600_000);
        assert_eq!(
            limit.spend(paced, clock_went_back),
            Err(Refusal::TooManySends(3)),
            "no longer than for a full burst"
        );
    }

    #[test]
    fn opens_are_limited_by_the_hour_and_for_ever() {
        let limit = OpensLimit { per_hour: 2, ever: 3 };
        let start = Timestamp::from_millis(0);
        let two =
            Opens::default().add(limit, start).and_then(|o| o.add(limit, start)).expect("two");
        assert_eq!(two.add(limit, start.plus_millis(1)), Err(Refusal::TooManyOpens(3600)));
        let three = two.add(limit, start.plus_millis(HOUR_MS)).expect("an hour later");
        assert_eq!(three.recent.len(), 1);
        assert_eq!(three.add(limit, start.plus_millis(3 * HOUR_MS)), Err(Refusal::ChannelCap(3)));
        let clock_went_back = start.plus_millis(-10 * HOUR_MS);
        assert_eq!(
            two.add(limit, clock_went_back),
            Err(Refusal::TooManyOpens(3600)),
            "no longer than an hour"
        );
    }

    #[test]
    fn renames_are_limited_within_any_hour() {
        let limit = RenamesLimit { per_hour: 2 };
        let start = Timestamp::from_millis(0);
        let one = limit.add(&[], start).expect("the first");
        let two = limit.add(&one, start.plus_millis(1_000)).expect("the second");
        assert_eq!(limit.add(&two, start.plus_millis(2_000)), Err(Refusal::TooManyRenames(3598)));
        let three = limit.add(&two, start.plus_millis(HOUR_MS)).expect("an hour after the first");
        assert_eq!(three, [start.plus_millis(1_000), start.plus_millis(HOUR_MS)]);
    }
}
