//! Instants as whole milliseconds since 1970, UTC.

use std::fmt;

use jiff::fmt::temporal::{DateTimePrinter, Pieces};
use serde::{Deserialize, Serialize, Serializer};

/// An instant with the precision that clients see: one millisecond.
///
/// Stored as a number; shown as `2026-03-26T12:00:00.000Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `millis` milliseconds after 1970-01-01T00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00Z, rounded down: the unit of JWT claims and of
    /// DynamoDB's TTL.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant moved by `millis`, saturating.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whether it lies in the years 1 to 9999, which every calendar can write.
    pub const fn is_in_calendars(self) -> bool {
        /// 0001-01-01T00:00Z.
        const FIRST: i64 = -62_135_596_800_000;
        /// 9999-12-31T23:59:59.999Z.
        const LAST: i64 = 253_402_300_799_999;
        FIRST <= self.0 && self.0 <= LAST
    }

    /// Parses an ISO 8601 instant. An offset (`Z` or `+02:00`) is required: a local time is not an
    /// instant. Digits beyond milliseconds are cut. An instant out of range becomes the nearest one
    /// in range.
    pub fn parse(text: &str) -> Option<Self> {
        let pieces = Pieces::parse(text).ok()?;
        let (date, time, offset) = (pieces.date(), pieces.time()?, pieces.to_numeric_offset()?);
        let furthest = if date.year() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let instant = offset.to_timestamp(date.to_datetime(time)).unwrap_or(furthest);
        Some(Self(instant.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
        let instant = jiff::Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        f.write_str(&PRINTER.timestamp_to_string(&instant))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn prints_three_digits_and_z() {
        assert_eq!(
            Timestamp::from_millis(1_774_526_400_000).to_string(),
            "2026-03-26T12:00:00.000Z"
        );
        assert_eq!(
            Timestamp::from_millis(1_774_526_400_007).to_string(),
            "2026-03-26T12:00:00.007Z"
        );
    }

    #[test]
    fn reads_offsets_and_refuses_local_times() {
        let noon = Some(Timestamp::from_millis(1_774_526_400_000));
        assert_eq!(Timestamp::parse("2026-03-26T12:00:00.000Z"), noon);
        assert_eq!(Timestamp::parse("2026-03-26T14:00:00+02:00"), noon);
        assert_eq!(Timestamp::parse("2026-03-26T12:00:00.000999Z"), noon);
        assert!(Timestamp::parse("9999-12-31T23:59:59Z") > noon);
        for wrong in [
            "2026-03-26T12:00:00",
            "2026-03-26",
            "noon",
            "",
            "1774526400000",
            "2026-13-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::parse(wrong), None, "{wrong}");
        }
    }
}
