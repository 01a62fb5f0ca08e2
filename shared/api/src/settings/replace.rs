//! Replace the shop's settings.

use std::collections::BTreeMap;

use axum::Json;
use domain::{
    AskEmail, CivilDate, DAYS, Exception, Hours, MAX_EXCEPTIONS, MAX_QUICK_REPLIES,
    MAX_SETTINGS_LANGUAGES, MAX_SPANS, Settings, Span, Validation, ZoneName,
};
use http::{Admin, ApiError, AppState, Body, Fields, FromFields, Refusals, in_entry};
use utoipa::ToSchema;

use super::SettingsAnswer;

/// The shop's settings: all of them. What is left out gets its default.
#[derive(Debug, ToSchema)]
pub struct PutSettings {
    settings: SettingsEntry,
    /// The version that the caller has read.
    #[schema(minimum = 0)]
    version: u64,
}

/// All settings.
#[derive(Debug, ToSchema)]
#[schema(as = PutSettingsEntry)]
#[expect(dead_code, reason = "the OpenAPI document shows the fields; `parsed` has them")]
pub struct SettingsEntry {
    /// When the shop is open; null for always.
    hours: Option<HoursEntry>,
    /// By language, at most 20: at most 2,000 characters. A blank text is left out, here and below.
    away_message: Option<BTreeMap<String, String>>,
    /// By language, at most 20: at most 1,000 characters.
    greeting: Option<BTreeMap<String, String>>,
    /// By language, at most 20: at most 5 questions of at most 200 characters.
    quick_replies: Option<BTreeMap<String, Vec<String>>>,
    /// `away` unless given.
    #[schema(pattern = "^(never|away|always)$")]
    ask_email: Option<String>,
    /// True unless given.
    assign_on_reply: Option<bool>,
    /// True unless given.
    rating: Option<bool>,
    /// Days without a message that close a channel; null for never.
    #[schema(minimum = 1, maximum = 3650)]
    close_after_days: Option<u64>,
    /// 60 unless given.
    #[schema(minimum = 10, maximum = 3600)]
    notify_after_seconds: Option<u64>,
    #[schema(ignore)]
    parsed: Box<Settings>,
}

/// When the shop is open.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the OpenAPI document shows the fields; `parsed` has them")]
pub struct HoursEntry {
    /// A zone of the IANA database.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// Spans by day, `mon` to `sun`: at most 8 each, which do not overlap. The shop is closed on a
    /// day that is missing.
    week: BTreeMap<String, Vec<SpanEntry>>,
    /// At most 100, each date once.
    #[schema(max_items = 100)]
    exceptions: Option<Vec<ExceptionEntry>>,
    #[schema(ignore)]
    parsed: Hours,
}

/// A time in which the shop is open.
#[derive(Debug, ToSchema)]
pub struct SpanEntry {
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "09:00")]
    from: String,
    /// Later than `from`, up to `24:00`.
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "17:30")]
    to: String,
}

/// A date with other spans than its weekday's.
#[derive(Debug, ToSchema)]
pub struct ExceptionEntry {
    #[schema(format = "date", example = "2026-12-24")]
    date: String,
    /// None for a day on which the shop is closed.
    #[schema(max_items = 8)]
    spans: Vec<SpanEntry>,
}

impl FromFields for SpanEntry {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let text = |field: &'static str| fields.text(field)?.ok_or(Validation::Required(field));
        Ok(Self { from: text("from")?, to: text("to")? })
    }
}

impl FromFields for ExceptionEntry {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self {
            date: fields.text("date")?.ok_or(Validation::Required("date"))?,
            spans: fields.list("spans", MAX_SPANS)?.ok_or(Validation::Required("spans"))?,
        })
    }
}

impl ExceptionEntry {
    fn exception(&self) -> Result<Exception, Validation> {
        let date = CivilDate::parse(&self.date)
            .ok_or(Validation::Form("date", "a date such as 2026-12-24"))?;
        Exception::new(date, spans("spans", &self.spans)?)
    }
}

/// The spans of one day.
fn spans(list: &'static str, entries: &[SpanEntry]) -> Result<Vec<Span>, Validation> {
    let parse = |(index, entry): (usize, &SpanEntry)| {
        Span::parse(&entry.from, &entry.to).map_err(|error| in_entry(list, index, error))
    };
    entries.iter().enumerate().map(parse).collect()
}

/// The spans of each weekday.
struct Week([Vec<Span>; 7]);

impl FromFields for Week {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        // These names are data: a misspelt one would close the shop on that day.
        if let Some(name) = fields.unknown_name(&DAYS) {
            let allowed = "mon, tue, wed, thu, fri, sat, sun";
            return Err(Validation::OneOf { field: "day", allowed, got: name.to_owned() });
        }
        let mut week = [const { Vec::new() }; 7];
        for (day, all) in DAYS.into_iter().zip(&mut week) {
            if !fields.is_null(day) {
                *all = spans(day, &fields.list::<SpanEntry>(day, MAX_SPANS)?.unwrap_or_default())?;
            }
        }
        Ok(Self(week))
    }
}

impl FromFields for HoursEntry {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        const ZONE: &str = "time_zone";
        const EXCEPTIONS: &str = "exceptions";
        let name = fields.text(ZONE)?.ok_or(Validation::Required(ZONE))?;
        let zone = ZoneName::parse(&name)
            .ok_or(Validation::Form(ZONE, "a time zone of the IANA database"))?;
        let Week(week) = fields.object("week")?.ok_or(Validation::Required("week"))?;
        let exceptions: Vec<ExceptionEntry> = if fields.is_null(EXCEPTIONS) {
            Vec::new()
        } else {
            fields.list(EXCEPTIONS, MAX_EXCEPTIONS)?.unwrap_or_default()
        };
        let parse = |(index, entry): (usize, &ExceptionEntry)| {
            entry.exception().map_err(|error| in_entry(EXCEPTIONS, index, error))
        };
        let exceptions = exceptions.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        Ok(Self {
            time_zone: name,
            week: BTreeMap::new(),
            exceptions: None,
            parsed: Hours::new(zone, week, exceptions)?,
        })
    }
}

impl FromFields for SettingsEntry {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        const LANGUAGES: usize = MAX_SETTINGS_LANGUAGES;
        let hours = fields.object::<HoursEntry>("hours")?.map(|hours| hours.parsed);
        let mut settings = Settings { hours, ..Settings::default() };
        let texts = |field| fields.texts_by_name(field, LANGUAGES).map(Option::unwrap_or_default);
        settings.set_away_message(texts("away_message")?)?;
        settings.set_greeting(texts("greeting")?)?;
        let lists = fields.lists_by_name("quick_replies", LANGUAGES, MAX_QUICK_REPLIES)?;
        settings.set_quick_replies(lists.unwrap_or_default())?;
        if let Some(word) = fields.text("ask_email")? {
            settings.ask_email = AskEmail::parse(&word)?;
        }
        if let Some(flag) = fields.flag("assign_on_reply")? {
            settings.assign_on_reply = flag;
        }
        if let Some(flag) = fields.flag("rating")? {
            settings.rating = flag;
        }
        settings.close_after_days = fields.whole("close_after_days", 1)?;
        if let Some(seconds) = fields.whole("notify_after_seconds", 0)? {
            settings.notify_after_seconds = seconds;
        }
        Ok(Self {
            hours: None,
            away_message: None,
            greeting: None,
            quick_replies: None,
            ask_email: None,
            assign_on_reply: None,
            rating: None,
            close_after_days: None,
            notify_after_seconds: None,
            parsed: Box::new(settings.check()?),
        })
    }
}

impl FromFields for PutSettings {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self {
            settings: fields.object("settings")?.ok_or(Validation::Required("settings"))?,
            version: fields.whole("version", 0)?.ok_or(Validation::Required("version"))?,
        })
    }
}

/// Replaces all of the shop's settings, unless they have changed since the caller read them. Other
/// instances of the functions use the old ones for up to ten seconds.
#[utoipa::path(
    put, path = "", operation_id = "put_settings",
    request_body = PutSettings,
    responses((status = 200, body = SettingsAnswer), Refusals)
)]
pub async fn replace(
    app: AppState,
    _: Admin,
    Body(request): Body<PutSettings>,
) -> Result<Json<SettingsAnswer>, ApiError> {
    let (settings, version) = (request.settings.parsed, request.version);
    let version = app.store.put_settings(&settings, version, &app.event_id()?).await?;
    Ok(Json(SettingsAnswer::new(&settings, version)))
}
