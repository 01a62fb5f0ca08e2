//! The bytes of files, as the endpoints need them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{Attachment, FileId};
use futures_util::future::BoxFuture;
use http::ApiError;
use serde::Serialize;
use store::Error;
use utoipa::ToSchema;

/// Where the bytes of files are. A trait, because functions without these endpoints must not link
/// the client of S3.
pub trait Objects: Send + Sync {
    /// The request by which a browser uploads a file.
    fn upload(&self, file: &Attachment) -> Result<Upload, Error>;

    /// A link to a file's bytes that is valid for five minutes.
    fn link(&self, file: &Attachment) -> Result<String, Error>;

    /// A file's size and its first bytes, at most so many; `None` if it was not uploaded.
    fn head<'a>(
        &'a self,
        id: &'a FileId,
        first_bytes: usize,
    ) -> BoxFuture<'a, Result<Option<Head>, Error>>;

    /// Deletes a file's bytes, if there are any.
    fn delete<'a>(&'a self, id: &'a FileId) -> BoxFuture<'a, Result<(), Error>>;
}

/// An uploaded file and its beginning.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Head {
    pub size: u64,
    pub bytes: Vec<u8>,
}

/// The request by which a browser uploads a file.
#[derive(Serialize, ToSchema)]
pub struct Upload {
    /// `PUT`
    pub method: &'static str,
    /// Where to.
    pub url: String,
    /// The headers that the request must have.
    pub headers: BTreeMap<&'static str, String>,
    /// For how many seconds it is valid.
    pub expires_in: u64,
}

/// The bytes of files. The function that has these endpoints adds them to its router.
#[derive(Clone)]
pub struct Bucket(pub Arc<dyn Objects>);

impl<S: Send + Sync> FromRequestParts<S> for Bucket {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found = Extension::<Self>::from_request_parts(parts, state).await;
        found.map(|Extension(bucket)| bucket).map_err(|_| ApiError::Defect("no bucket"))
    }
}
