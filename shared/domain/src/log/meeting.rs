//! Meetings that a message proposes.

use serde::{Deserialize, Serialize};

use crate::refusal::Validation;
use crate::text::body::one_line;
use crate::text::url::is_https;
use crate::time::Timestamp;

/// Longest meeting, in milliseconds: 7 days.
const MAX_LENGTH_MS: i64 = 7 * 24 * 60 * 60_000;
/// Longest title, in characters.
const MAX_TITLE: usize = 200;

/// A meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Meeting {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it takes place: an `https` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Meeting {
    /// Checks a meeting.
    pub fn parse(
        starts_at: &str,
        ends_at: &str,
        title: Option<String>,
        url: Option<String>,
    ) -> Result<Self, Validation> {
        let time = |field, text: &str| {
            let instant = Timestamp::parse(text).filter(|at| at.is_in_calendars());
            instant.ok_or(Validation::Form(field, "an ISO 8601 time with an offset"))
        };
        let (starts_at, ends_at) = (time("starts_at", starts_at)?, time("ends_at", ends_at)?);
        if ends_at <= starts_at {
            return Err(Validation::Form("ends_at", "after 'starts_at'"));
        }
        if ends_at.since(starts_at) > MAX_LENGTH_MS {
            return Err(Validation::Form("ends_at", "at most 7 days after 'starts_at'"));
        }
        if title.as_ref().is_some_and(|title| title.chars().count() > MAX_TITLE) {
            return Err(Validation::TooBig("title", MAX_TITLE as u64));
        }
        if !url.as_deref().is_none_or(is_https) {
            return Err(Validation::Form("url", "an https URL"));
        }
        let title = title.filter(|title| !one_line(title, MAX_TITLE).is_empty());
        Ok(Self { starts_at, ends_at, title, url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(starts_at: &str, ends_at: &str) -> Result<Meeting, Validation> {
        Meeting::parse(starts_at, ends_at, Some("Fitting".to_owned()), None)
    }

    #[test]
    fn a_meeting_ends_after_it_begins_and_within_a_week() {
        let noon = "2026-12-01T12:00:00+01:00";
        assert!(parse(noon, "2026-12-01T11:30:00Z").is_ok());
        assert!(parse(noon, "2026-12-08T11:00:00Z").is_ok(), "seven days");
        for end in ["2026-12-01T11:00:00Z", "2026-11-01T11:00:00Z", "2026-12-08T11:00:00.001Z"] {
            assert!(parse(noon, end).is_err(), "{end}");
        }
    }

    #[test]
    fn times_have_an_offset() {
        let end = "2026-12-01T13:00:00Z";
        for start in ["2026-12-01T12:00:00", "2026-12-01", "noon", "", "1796126400000"] {
            let refused = Validation::Form("starts_at", "an ISO 8601 time with an offset");
            assert_eq!(parse(start, end), Err(refused), "{start}");
        }
        for year in ["-000001", "0000", "+010000"] {
            let at = |hour| format!("{year}-01-01T{hour}:00:00Z");
            assert!(parse(&at("10"), &at("11")).is_err(), "{year}");
        }
    }

    #[test]
    fn its_link_is_secure() {
        let with = |url: &str| {
            let url = Some(url.to_owned());
            Meeting::parse("2026-12-01T12:00:00Z", "2026-12-01T13:00:00Z", None, url)
        };
        assert!(with("https://meet.example/abc").is_ok());
        for wrong in ["http://meet.example/", "javascript:alert(1)", "", "meet.example"] {
            assert_eq!(with(wrong), Err(Validation::Form("url", "an https URL")), "{wrong}");
        }
    }
}
