//! Claims on mails, and to whom none may go.
//!
//! A mail cannot be taken back, and whoever sends it may be started twice, at once, or die
//! half-way. So each mail is claimed before it is sent, in three steps: *claimed* (a lease: who
//! dies here is taken over), *sending* (who dies here may or may not have sent: counted, never
//! repeated), *sent*. One row holds the claim of one kind of mail to one receiver, so it also keeps
//! mails apart.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{ActorId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::people::profiles::map;
use crate::table::db::{self, item, number, text};
use crate::table::error::{Error, classify};
use crate::table::keys;

/// How long a claim is kept beyond its use, in milliseconds.
const KEPT_MS: i64 = 7 * 24 * 3_600_000;

/// On what a step of the claim's own sender depends: the SDK repeats a call whose answer is lost,
/// and the first one may have been carried out. Nobody else has the token.
const OURS: &str = "#token = :token AND stage IN (:from, :to)";
/// On what the end of somebody else's claim depends, so that it is said once.
const DEAD: &str = "#token = :token AND stage = :from";

/// A mail as other systems hear of it: the fields of Medusa's `createNotifications`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// The address.
    pub to: String,
    /// Always `email`.
    pub channel: String,
    /// `chat_unread_message` or `chat_daily_digest`.
    pub template: String,
    /// What the template shows, as JSON text: DynamoDB's own numbers and nulls would not come back
    /// as they were.
    pub data: String,
    /// What caused it.
    pub trigger_type: String,
    /// The message or person that it is about.
    pub resource_id: String,
    /// What that is.
    pub resource_type: String,
    /// Who gets it.
    pub receiver_id: String,
    /// The same for the same mail, however often this is told.
    pub idempotency_key: String,
}

/// How a kind of mail is claimed.
#[derive(Clone, Copy, Debug)]
pub struct ClaimTerms {
    /// For how long nobody else takes over, in milliseconds.
    pub lease_ms: i64,
    /// Least time between two of them, in milliseconds.
    pub apart_ms: i64,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is ours: send.
    Ours(Claimed),
    /// This very mail was sent, or failed for good.
    Done,
    /// Whoever was sending one died: it may have been sent, and is not sent again. Said once. Where
    /// that was another mail than this one, this one may be claimed from that instant on.
    Unsure(Option<Timestamp>),
    /// Another one was sent a short while ago: not before this instant.
    Wait(Timestamp),
    /// Somebody else is at it until this instant.
    Busy(Timestamp),
}

/// A claim that is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    slot: String,
    token: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Claimed,
    Sending,
    Sent,
    Failed,
    Unsure,
}

#[derive(Serialize, Deserialize)]
struct Row {
    /// Which mail.
    mail: String,
    /// `state` is a word of DynamoDB's own.
    stage: State,
    /// Whose claim it is.
    token: String,
    claimed_at: Timestamp,
    lease_until: Timestamp,
    expires_at: i64,
}

impl Store {
    /// Claims the mail called `mail` among those of `slot`; `token` is a name that nobody else has.
    pub async fn claim_mail(
        &self,
        slot: &str,
        mail: &str,
        terms: ClaimTerms,
        token: String,
        now: Timestamp,
    ) -> Result<Claim, Error> {
        let key = keys::mail_claim(slot);
        let row = Row {
            mail: mail.to_owned(),
            stage: State::Claimed,
            token: token.clone(),
            claimed_at: now,
            lease_until: now.plus_millis(terms.lease_ms),
            expires_at: now.plus_millis(terms.apart_ms + KEPT_MS).seconds(),
        };
        let put = self
            .db()
            .put_item()
            .table_name(&self.layout().ephemeral_table)
            .set_item(Some(item(&key, &row)?))
            .condition_expression(
                "attribute_not_exists(pk) OR (stage = :claimed AND (lease_until <= :now OR #token = :token)) \
                 OR (stage IN (:sent, :failed, :unsure) AND mail <> :mail AND claimed_at <= :apart)",
            )
            // `token` is a word of DynamoDB's own.
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":claimed", text("claimed"))
            .expression_attribute_values(":sent", text("sent"))
            .expression_attribute_values(":failed", text("failed"))
            .expression_attribute_values(":unsure", text("unsure"))
            .expression_attribute_values(":token", text(&token))
            .expression_attribute_values(":mail", text(mail))
            .expression_attribute_values(":now", number(now.millis()))
            .expression_attribute_values(":apart", number(now.plus_millis(-terms.apart_ms).millis()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let refused = match put.send().await {
            Ok(_) => return Ok(Claim::Ours(Claimed { slot: slot.to_owned(), token })),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    refused.item.clone().unwrap_or_default()
                }
                _ => return Err(classify(error).into()),
            },
        };
        let there: Row = db::read(refused)?;
        let apart = there.claimed_at.plus_millis(terms.apart_ms);
        match there.stage {
            State::Claimed => Ok(Claim::Busy(there.lease_until)),
            State::Sending if there.lease_until > now => Ok(Claim::Busy(there.lease_until)),
            State::Sending => {
                let dead = Claimed { slot: slot.to_owned(), token: there.token };
                if self.advance(&dead, State::Sending, State::Unsure, DEAD).await? {
                    return Ok(Claim::Unsure((there.mail != mail).then_some(apart)));
                }
                Ok(done_or_wait(there.mail == mail, apart, now))
            }
            State::Sent | State::Failed | State::Unsure => {
                Ok(done_or_wait(there.mail == mail, apart, now))
            }
        }
    }

    /// From here on the mail may have been sent. Whether the claim is still ours.
    pub async fn mail_is_sending(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, State::Claimed, State::Sending, OURS).await
    }

    /// The mail was sent.
    pub async fn mail_is_sent(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, State::Sending, State::Sent, OURS).await
    }

    /// The mail was refused for good.
    pub async fn mail_has_failed(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, State::Sending, State::Failed, OURS).await
    }

    /// Nobody knows whether the mail was sent.
    pub async fn mail_is_unsure(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, State::Sending, State::Unsure, OURS).await
    }

    /// Gives a claim back: nothing was sent, and anybody may try again at once.
    pub async fn release_mail(&self, claimed: &Claimed) -> Result<(), Error> {
        let delete = self
            .db()
            .delete_item()
            .table_name(&self.layout().ephemeral_table)
            .set_key(Some(keys::mail_claim(&claimed.slot).item()))
            .condition_expression("#token = :token")
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":token", text(&claimed.token));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(classify(error).into()),
        }
    }

    /// Moves a claim on; whether it stood where it should.
    async fn advance(
        &self,
        claimed: &Claimed,
        from: State,
        to: State,
        condition: &str,
    ) -> Result<bool, Error> {
        let word = |state: State| serde_dynamo::to_attribute_value(state).map_err(Error::from);
        let update = self
            .db()
            .update_item()
            .table_name(&self.layout().ephemeral_table)
            .set_key(Some(keys::mail_claim(&claimed.slot).item()))
            .update_expression("SET stage = :to")
            .condition_expression(condition)
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":token", text(&claimed.token))
            .expression_attribute_values(":from", word(from)?)
            .expression_attribute_values(":to", word(to)?);
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(classify(error).into()),
        }
    }

    /// Keeps that somebody was just sent a mail, decided as things stood at `as_of`; with `tell`,
    /// the stream brings the mail to other systems.
    pub async fn put_notification(
        &self,
        receiver: &ActorId,
        notification: &Notification,
        as_of: Timestamp,
        tell: bool,
    ) -> Result<(), Error> {
        let mut set = vec!["notified_at = :now", "profile_at = if_not_exists(profile_at, :now)"];
        set.extend(
            (notification.template == crate::DIGEST_TEMPLATE).then_some("digested_at = :now"),
        );
        set.extend(tell.then_some("notification = :mail"));
        let update = self.update_person(receiver, &format!("SET {}", set.join(", ")));
        let update = update.expression_attribute_values(":now", number(as_of.millis()));
        let update = if tell {
            update.expression_attribute_values(":mail", map(notification)?)
        } else {
            update
        };
        update.send().await.map_err(classify)?;
        Ok(())
    }

    /// Drops a mail of which other systems were told: what a message said is kept with the message
    /// only.
    pub async fn drop_notification(
        &self,
        receiver: &ActorId,
        idempotency_key: &str,
    ) -> Result<(), Error> {
        let update = self
            .update_person(receiver, "REMOVE notification")
            .condition_expression("notification.idempotency_key = :key")
            .expression_attribute_values(":key", text(idempotency_key));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(classify(error).into()),
        }
    }

    /// Whether mail may go to somebody: neither have they said no, nor has the address bounced or
    /// complained.
    pub async fn may_mail(&self, person_digest: &str, address_digest: &str) -> Result<bool, Error> {
        self.nobody_said_no(&[keys::opt_out(person_digest), keys::suppressed(address_digest)]).await
    }

    /// Whether somebody wants no more mail.
    pub async fn has_opted_out(&self, person_digest: &str) -> Result<bool, Error> {
        Ok(!self.nobody_said_no(&[keys::opt_out(person_digest)]).await?)
    }

    async fn nobody_said_no(&self, keys: &[keys::Key]) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct No {
            #[serde(default)]
            lifted_at: Option<Timestamp>,
        }
        let found = self.get_all(keys, db::Consistency::Strong).await?;
        let no: Vec<No> = found.into_iter().map(db::read).collect::<Result<_, _>>()?;
        Ok(no.iter().all(|no| no.lifted_at.is_some()))
    }

    /// Somebody wants no more mail. Saying it again changes nothing.
    pub async fn opt_out(&self, person_digest: &str, now: Timestamp) -> Result<(), Error> {
        self.put_no(
            &keys::opt_out(person_digest),
            "REMOVE lifted_at SET said_at = if_not_exists(said_at, :now)",
            now,
        )
        .await
    }

    /// Somebody wants mail again.
    pub async fn opt_in(&self, person_digest: &str, now: Timestamp) -> Result<(), Error> {
        self.put_no(&keys::opt_out(person_digest), "SET lifted_at = :now", now).await
    }

    /// No mail goes to this address any more.
    pub async fn suppress(&self, address_digest: &str, now: Timestamp) -> Result<(), Error> {
        self.put_no(
            &keys::suppressed(address_digest),
            "REMOVE lifted_at SET said_at = if_not_exists(said_at, :now)",
            now,
        )
        .await
    }

    /// Mail goes to this address again: what bounced or complained is over.
    pub async fn lift_suppression(
        &self,
        address_digest: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.put_no(&keys::suppressed(address_digest), "SET lifted_at = :now", now).await
    }

    async fn put_no(&self, key: &keys::Key, expression: &str, now: Timestamp) -> Result<(), Error> {
        let update =
            self.db().update_item().table_name(&self.layout().chat_table).set_key(Some(key.item()));
        let update = update
            .update_expression(expression)
            .expression_attribute_values(":now", number(now.millis()));
        update.send().await.map_err(classify)?;
        Ok(())
    }
}

fn done_or_wait(same: bool, apart: Timestamp, now: Timestamp) -> Claim {
    if same { Claim::Done } else { Claim::Wait(apart.max(now.plus_millis(1))) }
}
