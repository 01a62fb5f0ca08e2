//! Let a channel count as unread again.

use axum::Json;
use domain::{Mark, Principal, Reader, Validation};
use http::{Admin, ApiError, AppState, Body, ChannelPath, Fields, FromFields, Refusals};
use utoipa::ToSchema;

use super::ReadAnswer;

/// From where the channel counts as unread.
#[derive(Debug, ToSchema)]
pub struct MarkUnread {
    /// From this place in the log on; absent: from the newest message of the customer or guest on.
    #[schema(minimum = 1)]
    seq: Option<u64>,
}

impl FromFields for MarkUnread {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self { seq: fields.whole("seq", 1)? })
    }
}

/// Lets the channel count as unread for the caller, until they read it again. Their read marker
/// stays. If they have none, everything is unread already.
#[utoipa::path(
    put, path = "", operation_id = "mark_unread",
    params(("channel_hash" = String, Path)),
    request_body(content = MarkUnread, description = "May be empty"),
    responses((status = 200, body = ReadAnswer), Refusals)
)]
pub async fn mark_unread(
    app: AppState,
    Admin(admin): Admin,
    ChannelPath(hash): ChannelPath,
    Body(request): Body<MarkUnread>,
) -> Result<Json<ReadAnswer>, ApiError> {
    let caller = Principal::Admin(admin);
    let counted = app.store.count_as_unread(&hash, &caller, request.seq).await?;
    app.push_read(&counted, &caller).await;
    let (channel, reader) = (counted.channel(), Reader::of(&caller));
    let mark = channel.marks.get(&reader).unwrap_or(&Mark::NOTHING);
    Ok(Json(ReadAnswer::new(channel, &reader, mark, caller.side())))
}
