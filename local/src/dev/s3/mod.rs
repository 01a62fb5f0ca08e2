//! S3 with one bucket, at `/dev/s3/<bucket>`: as strict as AWS about signatures, signed headers,
//! expiry by the local clock, ranges, tags and CORS. Only presigned requests are known. The bucket
//! also holds the mails that SES receives.
//!
//! Objects are next to the chat's data and survive `kill -9`.

mod api;
mod objects;
mod signature;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::{App, Clock};
use axum::body::Bytes;
use domain::Timestamp;
use inbound::FOLDER;

pub(crate) use api::router;
pub use api::{CORS, Cors};

use objects::{Object, Objects};
use signature::Credentials;

/// The bucket's name.
pub const BUCKET: &str = "live-chat-files";

/// The bucket. Clones share it.
#[derive(Clone)]
pub struct Bucket(Arc<Inner>);

struct Inner {
    objects: Mutex<Objects>,
    clock: Clock,
    credentials: Credentials,
    /// The origins of the CORS rule; `None` for all.
    origins: Option<Vec<String>>,
}

impl Bucket {
    /// The bucket with the objects of this folder; without a folder, in memory.
    pub(crate) fn open(app: &App, folder: Option<PathBuf>) -> anyhow::Result<Self> {
        let aws = &app.config.aws;
        let credentials = Credentials {
            id: aws.access_key_id.clone(),
            secret: aws.secret_access_key.clone(),
            region: aws.region.clone(),
        };
        // S3 has no patterns: where the shop has one, its bucket allows every origin.
        let origins = app.config.exact_origins();
        Ok(Self(Arc::new(Inner {
            objects: Mutex::new(Objects::open(folder)?),
            clock: app.clock.clone(),
            credentials,
            origins: origins.map(|list| list.into_iter().map(str::to_owned).collect()),
        })))
    }

    /// The keys of all objects, in order.
    pub fn keys(&self) -> Vec<String> {
        self.objects().all().map(|object| object.key.clone()).collect()
    }

    /// Stores a mail, as SES does.
    pub fn store_mail(&self, id: &str, raw: Bytes) -> io::Result<()> {
        let now = self.0.clock.now();
        self.objects().put(Object::mail(format!("{FOLDER}{id}"), &raw, now), raw)
    }

    /// A mail that was set aside within the last week.
    pub(crate) fn mail(&self, id: &str) -> Option<Bytes> {
        let (objects, key) = (self.objects(), format!("{FOLDER}{id}"));
        objects.get(&key)?;
        objects.content(&key).ok()
    }

    /// Applies the lifecycle rules: deletes the files that no message took in time, and the mails
    /// that were set aside a week ago.
    pub(crate) fn expire(&self, now: Timestamp) {
        if let Err(error) = self.objects().expire(now) {
            tracing::error!("objects cannot be deleted: {error}");
        }
    }

    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.0.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
