//! Replies by mail. SES stores a mail in a bucket, whose event invokes this function. A reply to
//! one of our mails becomes a message of its sender; every other mail is set aside.
//!
//! What is set aside stays in the bucket until the bucket's lifecycle rule deletes it after a week.
//! It is counted, logged with its reason, and never answered. What is accepted is deleted.
//!
//! Events come at least once. A message has a client message id made from the mail's `Message-ID`,
//! and its files have ids made from it too, so a repeated event changes nothing.

pub mod mail;

mod accept;
mod event;
mod files;
mod notes;
mod photo;

use app::{App, Error};
use blobs::Blobs;
use directory::Directory;
use serde::Serialize;

use accept::Refused;
pub use event::{Event, FOLDER};
use mail::{Aside, Own};

/// Longest mail that is read, in bytes: SES stores no longer one.
pub const MAX_MAIL: usize = 40 * 1024 * 1024;

/// What the handler needs, built once per environment. Cheap to clone.
#[derive(Clone)]
pub struct Inbound {
    app: App,
    directory: Directory,
    files: Option<Blobs>,
    own: Own,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Whether it is a message now.
    pub accepted: bool,
    /// Why, in one word.
    pub reason: &'static str,
}

impl Inbound {
    /// Builds what the handler needs from the application.
    pub fn new(app: &App) -> Self {
        let (config, mail) = (&app.config, &app.config.mail);
        let words = [
            config.inbound_domain.as_ref().map(|domain| format!("@{domain}")),
            mail.from.as_ref().map(|from| from.as_str().to_lowercase()),
            // A shorter name may be a word of anybody's.
            Some(mail.shop.to_lowercase()).filter(|shop| shop.chars().count() >= 5),
        ];
        let own = Own { words: words.into_iter().flatten().collect() };
        let bucket = config.files.bucket.as_deref();
        let files = bucket.map(|bucket| Blobs::in_bucket(app, bucket, blobs::FOLDER));
        Self { app: app.clone(), directory: Directory::new(app), files, own }
    }

    /// Reads a mail and sends its message.
    async fn receive(&self, mails: &Blobs, id: &str) -> Result<Outcome, Error> {
        let raw = match mails.whole(id, MAX_MAIL).await {
            Ok(Some(raw)) => raw,
            // An earlier event of the same mail was the one.
            Ok(None) => return Ok(Outcome { accepted: false, reason: "gone" }),
            Err(blobs::Error::TooLong) => return Ok(aside("too_long")),
            Err(error) => return Err(error.into()),
        };
        let mail = match mail::read(&raw, &self.own) {
            Ok(mail) => mail,
            Err(reason) => return Ok(aside(word(reason))),
        };
        drop(raw);
        match self.accept(mail).await {
            Ok(outcome) => {
                // The lifecycle rule deletes what stays.
                if let Err(error) = mails.delete(id).await {
                    tracing::warn!(error.kind = "delete", "an accepted mail stays: {error}");
                }
                Ok(outcome)
            }
            Err(Refused::Aside(reason)) => Ok(aside(reason)),
            Err(Refused::Failed(error)) => Err(error),
        }
    }
}

const fn aside(reason: &'static str) -> Outcome {
    Outcome { accepted: false, reason }
}

const fn word(reason: Aside) -> &'static str {
    match reason {
        Aside::Unreadable => "unreadable",
        Aside::Spam => "spam",
        Aside::Virus => "virus",
        Aside::From => "from",
        Aside::NotAuthentic => "not_authentic",
        Aside::Automatic => "automatic",
    }
}

/// Handles the event of one stored mail, or of several. An error lets Lambda repeat it; then the
/// mails that were accepted are gone.
pub async fn handle(inbound: Inbound, event: Event) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for stored in event.mails() {
        let mails = Blobs::in_bucket(&inbound.app, &stored.bucket, FOLDER);
        let outcome = inbound.receive(&mails, &stored.id).await?;
        // The name of the object leads the operator to the mail.
        tracing::info!(
            mail.id = stored.id,
            mail.accepted = outcome.accepted,
            mail.reason = outcome.reason,
            "mail"
        );
        let count = u64::from(outcome.reason != "gone");
        let name = if outcome.accepted { "RepliesAccepted" } else { "RepliesSetAside" };
        inbound.app.count(&[(name, count)]);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}
