//! Mail a conversation to the caller.

use app::unsubscribe::{digest_of_address, digest_of_recipient};
use axum::Json;
use domain::{Person, Refusal, Side};
use http::{ApiError, AppState, Caller, ChannelPath, Refusals};
use serde::Serialize;
use store::TranscriptRequest;
use utoipa::ToSchema;

/// `{sent}`
#[derive(Serialize, ToSchema)]
pub struct TranscriptAnswer {
    /// Always `true`: the mail follows within a minute.
    sent: bool,
}

/// Mails the conversation to the caller's own verified address: the newest 200 messages or 100,000
/// characters, without notes, files by their names. At most three an hour and person.
#[utoipa::path(
    post, path = "", operation_id = "request_transcript",
    params(("channel_hash" = String, Path)),
    responses((status = 200, body = TranscriptAnswer), Refusals)
)]
pub async fn request_transcript(
    app: AppState,
    Caller(caller): Caller,
    ChannelPath(hash): ChannelPath,
) -> Result<Json<TranscriptAnswer>, ApiError> {
    let (channel, person) =
        tokio::join!(app.store.channel(&hash, &caller), app.store.person(caller.id()));
    let (channel, person, now) = (channel?, person?, app.clock.now());
    if !can_be_mailed(&app, &person).await? {
        return Err(Refusal::NoVerifiedAddress.into());
    }
    let request = TranscriptRequest {
        id: app.event_id()?.as_str().to_owned(),
        channel: channel.key().as_str().to_owned(),
        at: now,
        is_staff: caller.side() == Side::Staff,
    };
    app.store.request_transcript(&person, &request, now).await?;
    Ok(Json(TranscriptAnswer { sent: true }))
}

/// Whether a mail can go to a person. One whom the shop was not yet asked about counts as mailable:
/// `notice` asks before it sends.
async fn can_be_mailed(app: &AppState, person: &Person) -> Result<bool, ApiError> {
    if app.config.mail.from.is_none() || !person.is_verified() {
        return Ok(false);
    }
    let Some(address) = person.address() else {
        return Ok(person.vouched.is_none() && app.config.outside.medusa_url.is_some());
    };
    if person.id.is_guest() && !app.config.mails_guests_at(&address) {
        return Ok(false);
    }
    let digest = digest_of_recipient(&person.id, &address);
    Ok(app.store.may_mail(&digest, &digest_of_address(&address)).await?)
}
