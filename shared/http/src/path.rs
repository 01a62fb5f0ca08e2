//! Ids in paths.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use domain::{ChannelHash, FileId, MessageId, NoteId, Refusal};

use crate::error::ApiError;

/// The channel hash in a path.
pub struct ChannelPath(pub ChannelHash);

/// The message id in a path.
pub struct MessagePath(pub MessageId);

/// The note id in a path.
pub struct NotePath(pub NoteId);

/// The file id in a path.
pub struct FilePath(pub FileId);

impl<S: Send + Sync> FromRequestParts<S> for ChannelPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = path_part(parts, state).await?;
        let hash = ChannelHash::parse(&text);
        Ok(Self(hash.ok_or(Refusal::NoChannel(text))?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MessagePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = path_part(parts, state).await?;
        let id = MessageId::parse(&text);
        Ok(Self(id.ok_or(Refusal::NoMessage(text))?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NotePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = path_part(parts, state).await?;
        let id = NoteId::parse(&text);
        Ok(Self(id.ok_or(Refusal::NoNote(text))?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for FilePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = path_part(parts, state).await?;
        let id = FileId::parse(&text);
        Ok(Self(id.ok_or(Refusal::NoFile(text))?))
    }
}

async fn path_part<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<String, ApiError> {
    let Path(text) =
        Path::<String>::from_request_parts(parts, state).await.map_err(|_| Refusal::NoRoute)?;
    Ok(text)
}
