//! Rate a case.

use axum::Json;
use domain::{Rate, Rated, Score, Validation};
use http::{ApiError, AppState, Body, Caller, ChannelPath, Fields, FromFields, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// A score, and what the member has to say about it.
#[derive(Debug, ToSchema)]
pub struct RateCase {
    /// 1 to 5.
    #[schema(value_type = u8, minimum = 1, maximum = 5)]
    score: Score,
    #[schema(max_length = 1000)]
    comment: Option<String>,
}

/// `{rating}`
#[derive(Serialize, ToSchema)]
pub struct RatingAnswer {
    rating: wire::Rating,
}

impl FromFields for RateCase {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let score = fields.whole("score", 1)?.ok_or(Validation::Required("score"))?;
        let comment = fields.text("comment")?.map(domain::comment).transpose()?.flatten();
        Ok(Self { score: Score::try_from(score)?, comment })
    }
}

/// Rates the last closed case, or the open one while none is closed. Each case has one rating,
/// which can be changed for a day. Rating it as it is rated already changes nothing.
#[utoipa::path(
    put, path = "", operation_id = "rate_case",
    params(("channel_hash" = String, Path)),
    request_body = RateCase,
    responses((status = 200, body = RatingAnswer), Refusals)
)]
pub async fn rate(
    app: AppState,
    Caller(caller): Caller,
    ChannelPath(hash): ChannelPath,
    Body(request): Body<RateCase>,
) -> Result<Json<RatingAnswer>, ApiError> {
    let (event_id, now) = (app.event_id()?, app.clock.now());
    let command = Rate {
        caller: &caller,
        score: request.score,
        comment: request.comment.as_deref(),
        event_id: &event_id,
        limit: app.config.send_limit,
    };
    let (rated, roster) = tokio::join!(app.store.rate(&hash, command, now), app.store.roster(now));
    let rated = rated?;
    app.push_entries(&rated, &roster).await;
    let Rated { rating, comment } = rated.subject;
    Ok(Json(RatingAnswer { rating: wire::Rating::new(rating, comment.as_deref()) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_a_whole_number_from_1_to_5() {
        let read =
            |text: &str| RateCase::from_fields(&Fields::parse(text.as_bytes()).expect("an object"));
        for (text, score) in [(r#"{"score":1}"#, 1), (r#"{"score":5.0,"comment":" "}"#, 5)] {
            let read = read(text).expect(text);
            assert_eq!((read.score.get(), read.comment), (score, None));
        }
        for (text, refusal) in [
            ("{}", Validation::Required("score")),
            (r#"{"score":0}"#, Validation::TooSmall("score", 1)),
            (r#"{"score":6}"#, Validation::TooBig("score", 5)),
            (r#"{"score":1e300}"#, Validation::TooBig("score", 5)),
        ] {
            assert_eq!(read(text).err(), Some(refusal), "{text}");
        }
        for wrong in [r#"{"score":"5"}"#, r#"{"score":4.5}"#, r#"{"score":5,"comment":5}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
