//! Times in words.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::Language;

/// The time zone of the times in mails.
#[derive(Clone, Debug)]
pub struct Zone {
    zone: TimeZone,
    name: String,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self { zone: TimeZone::UTC, name: "UTC".to_owned() }
    }

    /// The zone of this name in the IANA database, such as `Europe/Berlin`.
    pub fn parse(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        Some(Self { zone, name: name.to_owned() })
    }

    /// The time here of an instant in milliseconds since 1970. One out of range becomes 1970.
    fn at(&self, millis: i64) -> Zoned {
        Timestamp::from_millisecond(millis).unwrap_or_default().to_zoned(self.zone.clone())
    }

    /// The hour of an instant, in milliseconds since 1970, with the name of the zone.
    pub(crate) fn hour(&self, at: i64) -> String {
        format!("{} ({})", hour(&self.at(at)), self.name)
    }
}

impl Language {
    /// From one instant to another, in milliseconds since 1970, with the name of the zone:
    /// `Tuesday, 1 December 2026, 12:00–13:00 (Europe/Berlin)`.
    pub fn span(self, zone: &Zone, from: i64, to: i64) -> String {
        let (from, to) = (zone.at(from), zone.at(to));
        let (first, last) = (self.date(&from), self.date(&to));
        let (begins, ends) = (hour(&from), hour(&to));
        let zone = &zone.name;
        if first == last {
            format!("{first}, {begins}–{ends} ({zone})")
        } else {
            format!("{first}, {begins} – {last}, {ends} ({zone})")
        }
    }

    /// An instant in milliseconds since 1970, with the name of the zone.
    pub(crate) fn instant(self, zone: &Zone, at: i64) -> String {
        let at = zone.at(at);
        format!("{}, {} ({})", self.date(&at), hour(&at), zone.name)
    }

    fn date(self, at: &Zoned) -> String {
        let texts = self.texts();
        let nth = |names: &str, n: i8| {
            let name = usize::try_from(n - 1).ok().and_then(|n| names.split(' ').nth(n));
            name.unwrap_or_default().to_owned()
        };
        let day = match (self, at.day()) {
            (Self::Fr, 1) => "1er".to_owned(),
            (_, day) => day.to_string(),
        };
        texts
            .date
            .replace("{weekday}", &nth(&texts.weekdays, at.weekday().to_monday_one_offset()))
            .replace("{day}", &day)
            .replace("{month}", &nth(&texts.months, at.month()))
            .replace("{year}", &at.year().to_string())
    }
}

fn hour(at: &Zoned) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-12-01T11:00:00Z, a Tuesday.
    const NOON: i64 = 1_796_122_800_000;
    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_meeting_in_ten_languages() {
        let berlin = Zone::parse("Europe/Berlin").expect("a zone");
        let words = Language::ALL.map(|language| language.span(&berlin, NOON, NOON + HOUR));
        assert_eq!(
            words,
            [
                "Tuesday, 1 December 2026, 12:00–13:00 (Europe/Berlin)",
                "Dienstag, 1. Dezember 2026, 12:00–13:00 (Europe/Berlin)",
                "mardi 1er décembre 2026, 12:00–13:00 (Europe/Berlin)",
                "martes, 1 de diciembre de 2026, 12:00–13:00 (Europe/Berlin)",
                "martedì 1 dicembre 2026, 12:00–13:00 (Europe/Berlin)",
                "dinsdag 1 december 2026, 12:00–13:00 (Europe/Berlin)",
                "terça-feira, 1 de dezembro de 2026, 12:00–13:00 (Europe/Berlin)",
                "wtorek, 1 grudnia 2026, 12:00–13:00 (Europe/Berlin)",
                "2026年12月1日（火曜日）, 12:00–13:00 (Europe/Berlin)",
                "الثلاثاء، 1 ديسمبر 2026, 12:00–13:00 (Europe/Berlin)",
            ]
        );
    }

    #[test]
    fn every_month_and_weekday_has_a_name() {
        for language in Language::ALL {
            let count = |names: &str| names.split(' ').filter(|name| !name.is_empty()).count();
            let texts = language.texts();
            assert_eq!((count(&texts.months), count(&texts.weekdays)), (12, 7), "{language:?}");
        }
    }

    #[test]
    fn days_and_zones_are_named() {
        let utc = Zone::utc();
        assert_eq!(
            Language::En.span(&utc, NOON, NOON + 24 * HOUR),
            "Tuesday, 1 December 2026, 11:00 – Wednesday, 2 December 2026, 11:00 (UTC)"
        );
        // Summer time.
        let berlin = Zone::parse("Europe/Berlin").expect("a zone");
        assert_eq!(berlin.hour(NOON - 183 * 24 * HOUR), "13:00 (Europe/Berlin)");
        assert!(Zone::parse("Europe/Nowhere").is_none() && Zone::parse("").is_none());
        // Out of range.
        assert!(Language::En.span(&utc, i64::MIN, i64::MAX).contains("1970"));
    }
}
