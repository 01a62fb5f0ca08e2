//! Complete an upload.

use axum::Json;
use domain::{Attachment, FIRST_BYTES, MediaType, Refusal, is_plain_text};
use http::{ApiError, AppState, Caller, FilePath, Refusals};

use super::{Bucket, FileAnswer, Head, Objects};

/// Checks the uploaded bytes of one of the caller's files: their size, and that they begin as their
/// type does. Then a message can have it. Bytes that do not fit are deleted. To complete it again
/// changes nothing.
#[utoipa::path(
    post, path = "", operation_id = "complete_file",
    params(("file_id" = String, Path)),
    responses((status = 200, body = FileAnswer), Refusals)
)]
pub async fn complete(
    app: AppState,
    Caller(caller): Caller,
    Bucket(bucket): Bucket,
    FilePath(id): FilePath,
) -> Result<Json<FileAnswer>, ApiError> {
    let mut file = app.store.own_file(&id, &caller, app.clock.now()).await?;
    if !file.is_ready() {
        check(&*bucket, &file.attachment).await?;
        app.store.mark_file_ready(&id).await?;
        file = file.into_ready();
    }
    let links = app.links_to_files().await;
    Ok(Json(FileAnswer::new(&file, links.as_ref())))
}

async fn check(bucket: &dyn Objects, file: &Attachment) -> Result<(), ApiError> {
    let kind = MediaType::parse(&file.content_type)
        .ok_or(ApiError::Defect("a file of a type that is unknown here"))?;
    // No beginning shows that a file is plain text.
    let needed = match kind {
        MediaType::Text => usize::try_from(file.size).unwrap_or(usize::MAX),
        _ => FIRST_BYTES,
    };
    let found = bucket.head(&file.id, needed).await?;
    let Head { size, bytes } = found.ok_or(Refusal::NotUploaded)?;
    let fits = match kind {
        MediaType::Text => is_plain_text(&bytes),
        kind => kind.begins(&bytes),
    };
    if size == file.size && fits {
        return Ok(());
    }
    bucket.delete(&file.id).await?;
    Err(Refusal::WrongBytes.into())
}
