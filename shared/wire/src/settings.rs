//! The shop's settings.

use std::collections::BTreeMap;

use domain::DAYS;
use serde::Serialize;

/// The shop's settings.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// When the shop is open; null for always.
    hours: Option<Hours>,
    /// What the automatic reply says while the shop is closed. Without one there is no reply.
    away_message: BTreeMap<String, String>,
    /// What the widget says at first.
    greeting: BTreeMap<String, String>,
    /// Questions that the widget offers.
    quick_replies: BTreeMap<String, Vec<String>>,
    /// When the widget asks a guest for an address: `never`, `away` or `always`.
    ask_email: &'static str,
    /// Whether a reply of staff in a channel without an assignee assigns its sender.
    assign_on_reply: bool,
    /// Whether the widget asks for a rating after a close.
    rating: bool,
    /// Days without a message that close a channel; null for never.
    close_after_days: Option<u64>,
    /// Seconds that a person has to read a message before a notice.
    notify_after_seconds: u64,
}

/// When the shop is open.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hours {
    /// The zone of all times, as the IANA database names it.
    time_zone: String,
    /// Spans by day, `mon` to `sun`. The shop is closed on a day that is missing.
    week: BTreeMap<String, Vec<Span>>,
    exceptions: Vec<Exception>,
}

/// A time in which the shop is open.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Span {
    /// `HH:MM`
    from: String,
    /// `HH:MM`, up to `24:00`.
    to: String,
}

/// A date with other spans than its weekday's.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Exception {
    /// `YYYY-MM-DD`
    date: String,
    /// None for a day on which the shop is closed.
    spans: Vec<Span>,
}

impl From<&domain::Settings> for Settings {
    fn from(settings: &domain::Settings) -> Self {
        Self {
            hours: settings.hours.as_ref().map(Into::into),
            away_message: localized(&settings.away_message),
            greeting: localized(&settings.greeting),
            quick_replies: localized(&settings.quick_replies),
            ask_email: settings.ask_email.as_str(),
            assign_on_reply: settings.assign_on_reply,
            rating: settings.rating,
            close_after_days: settings.close_after_days,
            notify_after_seconds: settings.notify_after_seconds,
        }
    }
}

impl From<&domain::Hours> for Hours {
    fn from(hours: &domain::Hours) -> Self {
        let week = DAYS.into_iter().zip(hours.week()).filter(|(_, spans)| !spans.is_empty());
        let exceptions = hours.exceptions().iter().map(|exception| Exception {
            date: exception.date().to_string(),
            spans: spans(exception.spans()),
        });
        Self {
            time_zone: hours.time_zone().as_str().to_owned(),
            week: week.map(|(day, all)| (day.to_owned(), spans(all))).collect(),
            exceptions: exceptions.collect(),
        }
    }
}

fn spans(all: &[domain::Span]) -> Vec<Span> {
    let times = all.iter().map(|span| span.times());
    times.map(|(from, to)| Span { from, to }).collect()
}

/// Something in several languages, as clients read it.
pub(crate) fn localized<T: Clone>(all: &domain::Localized<T>) -> BTreeMap<String, T> {
    all.iter().map(|(tag, what)| (tag.as_str().to_owned(), what.clone())).collect()
}
