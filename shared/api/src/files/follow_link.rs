//! Load a file by its link.
//!
//! The response leads to S3, which serves the bytes from an origin of its own, under the type that
//! they were checked for. So no file is ever a page of ours.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use axum::response::{IntoResponse, Response};
use domain::{FileId, Refusal};
use http::{ApiError, AppState, Refusals};

use super::Bucket;

/// A browser may follow the response again for less than the five minutes for which it leads
/// somewhere.
const CACHED: &str = "private, max-age=240";

/// Leads to the bytes of a file: pictures are shown, all others downloaded. The link in an
/// attachment is valid until its `expires_at`, as long as the message is not deleted.
#[utoipa::path(
    get, path = "", tag = "files", operation_id = "follow_file_link",
    params(
        ("file_id" = String, Path),
        ("signature" = String, Path, description = "From the link"),
        ("name" = String, Path, description = "The file's name")
    ),
    responses((status = 302, description = "Leads to the bytes, for five minutes"), Refusals)
)]
pub async fn follow_link(
    app: AppState,
    Bucket(bucket): Bucket,
    link: Result<Path<(String, String, String)>, PathRejection>,
) -> Result<Response, ApiError> {
    let Path((text, signature, name)) = link.map_err(|_| Refusal::NoRoute)?;
    let (id, now) = (FileId::parse(&text), app.clock.now());
    let no_file = || Refusal::NoFile(text.clone());
    let id = id.ok_or_else(no_file)?;
    if !app.keys.get(now).await?.files.accept(&id, &name, &signature, now) {
        return Err(no_file().into());
    }
    let file = app.store.file(&id, now).await?;
    let file = file.filter(|file| file.is_ready() && file.attachment.name == name);
    let url = bucket.link(&file.ok_or_else(no_file)?.attachment)?;
    // The link is a secret: it must not be in the referrer that the next server gets.
    let headers =
        [(LOCATION, url.as_str()), (CACHE_CONTROL, CACHED), (REFERRER_POLICY, "no-referrer")];
    Ok((StatusCode::FOUND, headers).into_response())
}
