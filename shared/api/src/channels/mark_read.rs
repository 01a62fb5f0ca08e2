//! Move the caller's read marker.

use axum::Json;
use domain::{Channel, Mark, ReadUpTo, Reader, Side, Timestamp, Validation};
use http::{ApiError, AppState, Body, Caller, ChannelPath, Fields, FromFields, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// How far the caller has read: everything, unless one of these is given.
#[derive(Debug, ToSchema)]
pub struct MarkRead {
    /// Up to the newest message created at or before this instant.
    #[schema(format = "date-time")]
    at: Option<String>,
    /// Up to this place in the log.
    #[schema(minimum = 1)]
    seq: Option<u64>,
}

/// `{member, unread_count}`
#[derive(Serialize, ToSchema)]
pub struct ReadAnswer {
    member: wire::Member,
    /// The channel's, for the caller.
    unread_count: u64,
}

impl ReadAnswer {
    pub(crate) fn new(channel: &Channel, reader: &Reader, mark: &Mark, seen_by: Side) -> Self {
        Self {
            member: wire::Member::new(channel, reader, mark, seen_by),
            unread_count: channel.unread(reader),
        }
    }
}

impl FromFields for MarkRead {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let marks = Self { at: fields.text("at")?, seq: fields.whole("seq", 1)? };
        match (&marks.at, marks.seq) {
            (Some(_), Some(_)) => Err(Validation::Both("at", "seq")),
            _ => Ok(marks),
        }
    }
}

impl MarkRead {
    fn up_to(&self) -> Result<ReadUpTo, Validation> {
        match (&self.at, self.seq) {
            (Some(at), _) => Timestamp::parse(at)
                .map(ReadUpTo::At)
                .ok_or(Validation::Form("at", "an ISO 8601 date-time with an offset")),
            (None, Some(seq)) => Ok(ReadUpTo::Seq(seq)),
            (None, None) => Ok(ReadUpTo::Everything),
        }
    }
}

/// Moves the caller's read marker: over everything committed so far, or as far as asked. It never
/// moves back. An admin becomes a member of the channel by reading it.
#[utoipa::path(
    put, path = "", operation_id = "mark_read",
    params(("channel_hash" = String, Path)),
    request_body(content = MarkRead, description = "May be empty"),
    responses((status = 200, body = ReadAnswer), Refusals)
)]
pub async fn mark_read(
    app: AppState,
    Caller(caller): Caller,
    ChannelPath(hash): ChannelPath,
    Body(request): Body<MarkRead>,
) -> Result<Json<ReadAnswer>, ApiError> {
    let read = app.store.mark_read(&hash, &caller, request.up_to()?).await?;
    app.push_read(&read, &caller).await;
    let (channel, reader) = (read.channel(), Reader::of(&caller));
    // A reader without a mark has read nothing.
    let mark = channel.marks.get(&reader).unwrap_or(&Mark::NOTHING);
    Ok(Json(ReadAnswer::new(channel, &reader, mark, caller.side())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_an_instant_a_seq_or_nothing() {
        let read = |text: &str| {
            let fields = Fields::parse(text.as_bytes()).expect("an object");
            MarkRead::from_fields(&fields).and_then(|read| read.up_to())
        };
        assert_eq!(read(""), Ok(ReadUpTo::Everything));
        assert_eq!(read(r#"{"seq":3}"#), Ok(ReadUpTo::Seq(3)));
        assert_eq!(
            read(r#"{"at":"2026-03-26T12:00:00Z"}"#),
            Ok(ReadUpTo::At(Timestamp::from_millis(1_774_526_400_000)))
        );
        assert_eq!(read(r#"{"seq":0}"#), Err(Validation::TooSmall("seq", 1)));
        assert_eq!(read(r#"{"seq":-3}"#), Err(Validation::TooSmall("seq", 1)));
        assert_eq!(read(r#"{"seq":1e300}"#), Ok(ReadUpTo::Seq(u64::MAX)));
        assert_eq!(read(r#"{"seq":2.0}"#), Ok(ReadUpTo::Seq(2)));
        assert_eq!(read(r#"{"seq":1e3}"#), Ok(ReadUpTo::Seq(1_000)));
        assert_eq!(read(r#"{"seq":0.0}"#), Err(Validation::TooSmall("seq", 1)));
        for wrong in [
            r#"{"seq":1.5}"#,
            r#"{"seq":"3"}"#,
            r#"{"at":"yesterday"}"#,
            r#"{"at":3}"#,
            r#"{"at":"2026-03-26T12:00:00Z","seq":3}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
