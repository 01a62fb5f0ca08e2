//! The bucket of files, as the endpoints see it.

use api::files::{Head, Objects, Upload};
use app::App;
use blobs::{Blobs, Disposition};
use domain::{Attachment, FileId, MediaType};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::Error;

/// Files in S3.
pub(crate) struct S3(Blobs);

impl S3 {
    /// The bucket of this application; `None` if it has none.
    pub(crate) fn of(app: &App) -> Option<Self> {
        Blobs::of(app).map(Self)
    }
}

impl Objects for S3 {
    fn upload(&self, file: &Attachment) -> Result<Upload, Error> {
        let request = self.0.upload(&file.id.to_string(), &file.content_type, file.size);
        let blobs::Upload { method, url, headers, expires_in } = request.map_err(failed)?;
        Ok(Upload { method, url, headers, expires_in })
    }

    fn link(&self, file: &Attachment) -> Result<String, Error> {
        let kind = MediaType::parse(&file.content_type);
        let disposition = match kind {
            Some(kind) if kind.is_image() => Disposition::Inline,
            _ => Disposition::Attachment(&file.name),
        };
        // The type that was checked, never one of the uploader's words.
        let content_type = match kind {
            Some(MediaType::Text) => "text/plain; charset=utf-8",
            Some(kind) => kind.as_str(),
            None => "application/octet-stream",
        };
        self.0.link(&file.id.to_string(), disposition, content_type).map_err(failed)
    }

    fn head<'a>(
        &'a self,
        id: &'a FileId,
        first_bytes: usize,
    ) -> BoxFuture<'a, Result<Option<Head>, Error>> {
        async move {
            let head = self.0.head(&id.to_string(), first_bytes).await.map_err(failed)?;
            Ok(head.map(|blobs::Head { size, bytes }| Head { size, bytes }))
        }
        .boxed()
    }

    fn delete<'a>(&'a self, id: &'a FileId) -> BoxFuture<'a, Result<(), Error>> {
        async move { self.0.delete(&id.to_string()).await.map_err(failed) }.boxed()
    }
}

/// A failure of S3, as the API reports failures of AWS.
fn failed(error: blobs::Error) -> Error {
    match error {
        blobs::Error::Unavailable(_) => Error::Unavailable(Box::new(error)),
        _ => Error::Defect("S3 refuses a request of ours", Box::new(error)),
    }
}
