//! Mails as the person's item records them, and as the stream publishes them to other systems.

use domain::{ActorId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{attribute, number, text};
use crate::table::update::Expression;

/// A mail as other systems receive it: the fields of Medusa's `createNotifications`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// The address.
    pub to: String,
    /// Always `email`.
    pub channel: String,
    /// One of [`crate::UNREAD_TEMPLATE`], [`crate::MENTION_TEMPLATE`],
    /// [`crate::REMINDER_TEMPLATE`], [`crate::DIGEST_TEMPLATE`] and [`crate::INBOX_TEMPLATE`].
    pub template: String,
    /// The template's values, as JSON text: DynamoDB would change JSON's numbers and nulls.
    pub data: String,
    /// The event that caused it.
    pub trigger_type: String,
    /// The id of the message or person that it is about.
    pub resource_id: String,
    /// The kind of that resource.
    pub resource_type: String,
    /// The recipient's id.
    pub receiver_id: String,
    /// The same each time this mail is published.
    pub idempotency_key: String,
}

impl Store {
    /// Records that a person was sent a mail: as of when, if it was a digest, and with `publish`
    /// the mail, which the stream then carries to other systems.
    pub async fn record_notification(
        &self,
        receiver: &ActorId,
        notification: &Notification,
        digested_at: Option<Timestamp>,
        publish: bool,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut update = Expression::default();
        update.set_if_absent(&["profile_at"], number(now.millis()));
        if let Some(at) = digested_at {
            update.set(&["digested_at"], number(at.millis()));
        }
        if publish {
            update.set(&["notification"], attribute(notification)?);
        }
        self.update_person(receiver, update).await?;
        Ok(())
    }

    /// Removes a published mail from the person's item, so that a message's text is stored only
    /// with the message.
    pub async fn drop_notification(
        &self,
        receiver: &ActorId,
        idempotency_key: &str,
    ) -> Result<(), Error> {
        let mut update = Expression::default();
        update.remove(&["notification"]);
        let path = ["notification", "idempotency_key"];
        update.only_if_is(&path, Some(text(idempotency_key)));
        self.update_person(receiver, update).await?;
        Ok(())
    }
}
