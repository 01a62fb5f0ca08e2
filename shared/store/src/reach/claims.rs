//! Claims on mails, so that each mail is sent at most once.
//!
//! A mail cannot be taken back, and its sender may run twice, concurrently, or die half-way. So
//! each mail is claimed before it is sent, in three steps: *claimed* (a lease: when it ends,
//! another sender takes over), *sending* (if the sender dies here, the mail may have been sent: it
//! is counted and never repeated), *sent*. A slot is one kind of mail to one recipient. One row
//! holds its claim, so it also enforces the least time between two mails.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::db::{self, attribute, item, number, text};
use crate::table::error::{Error, classify, condition_held};
use crate::table::keys;

/// How long a claim is kept after its use, in milliseconds.
const KEPT_MS: i64 = 7 * 24 * 3_600_000;

/// The condition for a step of a claim by its own sender. It accepts the new stage too: the SDK
/// repeats a call whose response is lost, and the first one may have been carried out.
const OWN: &str = "#token = :token AND stage IN (:from, :to)";
/// The condition for ending a dead sender's claim. Only one caller meets it, so the mail is counted
/// once.
const DEAD: &str = "#token = :token AND stage = :from";

/// How a kind of mail is claimed.
#[derive(Clone, Copy, Debug)]
pub struct ClaimTerms {
    /// How long a claim lasts before another sender may take over, in milliseconds.
    pub lease_ms: i64,
    /// Least time between two mails, in milliseconds.
    pub interval_ms: i64,
}

/// The result of an attempt to claim a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Acquired: send the mail.
    Acquired(Claimed),
    /// This mail was sent, or failed for good.
    Done,
    /// An earlier sender died while sending: that mail may have been sent, and is not repeated.
    /// Returned once per mail. If it was another mail than this one, this one may be claimed from
    /// that instant on.
    Unsure(Option<Timestamp>),
    /// The last mail was sent too recently: claim again at this instant.
    Wait(Timestamp),
    /// Another sender has a claim until this instant.
    Busy(Timestamp),
}

/// An acquired claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    slot: String,
    token: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stage {
    Claimed,
    Sending,
    Sent,
    Failed,
    Unsure,
}

#[derive(Serialize, Deserialize)]
struct Row {
    mail: String,
    stage: Stage,
    token: String,
    claimed_at: Timestamp,
    lease_until: Timestamp,
    expires_at: i64,
}

impl Store {
    /// Claims a mail in a slot. `mail` names it within the slot; `token` is unique to this attempt.
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
            stage: Stage::Claimed,
            token: token.clone(),
            claimed_at: now,
            lease_until: now.plus_millis(terms.lease_ms),
            expires_at: now.plus_millis(terms.interval_ms + KEPT_MS).seconds(),
        };
        let sent_before = now.plus_millis(-terms.interval_ms);
        let put = self
            .db()
            .put_item()
            .table_name(&self.layout().ephemeral_table)
            .set_item(Some(item(&key, &row)?))
            .condition_expression(
                "attribute_not_exists(pk) \
                 OR (stage = :claimed AND (lease_until <= :now OR #token = :token)) \
                 OR (stage IN (:sent, :failed, :unsure) \
                     AND mail <> :mail AND claimed_at <= :sent_before)",
            )
            // `token` is a reserved word of DynamoDB, as `state` is.
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":claimed", attribute(&Stage::Claimed)?)
            .expression_attribute_values(":sent", attribute(&Stage::Sent)?)
            .expression_attribute_values(":failed", attribute(&Stage::Failed)?)
            .expression_attribute_values(":unsure", attribute(&Stage::Unsure)?)
            .expression_attribute_values(":token", text(&token))
            .expression_attribute_values(":mail", text(mail))
            .expression_attribute_values(":now", number(now.millis()))
            .expression_attribute_values(":sent_before", number(sent_before.millis()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let existing = match put.send().await {
            Ok(_) => return Ok(Claim::Acquired(Claimed { slot: slot.to_owned(), token })),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    failed.item.clone().unwrap_or_default()
                }
                _ => return Err(classify(error).into()),
            },
        };
        let existing: Row = db::read(existing)?;
        let is_same = existing.mail == mail;
        let next = existing.claimed_at.plus_millis(terms.interval_ms);
        let is_leased = existing.lease_until > now;
        match existing.stage {
            Stage::Claimed => return Ok(Claim::Busy(existing.lease_until)),
            Stage::Sending if is_leased => return Ok(Claim::Busy(existing.lease_until)),
            Stage::Sending => {
                let dead = Claimed { slot: slot.to_owned(), token: existing.token };
                if self.advance(&dead, Stage::Sending, Stage::Unsure, DEAD).await? {
                    return Ok(Claim::Unsure((!is_same).then_some(next)));
                }
            }
            Stage::Sent | Stage::Failed | Stage::Unsure => {}
        }
        Ok(if is_same { Claim::Done } else { Claim::Wait(next.max(now.plus_millis(1))) })
    }

    /// Records that the mail may be sent from now on. Returns `false` if another sender has taken
    /// over.
    pub async fn mark_mail_sending(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, Stage::Claimed, Stage::Sending, OWN).await
    }

    /// Records that the mail was sent.
    pub async fn mark_mail_sent(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, Stage::Sending, Stage::Sent, OWN).await
    }

    /// Records that the mail failed for good.
    pub async fn mark_mail_failed(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, Stage::Sending, Stage::Failed, OWN).await
    }

    /// Records that the mail may or may not have been sent.
    pub async fn mark_mail_unsure(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, Stage::Sending, Stage::Unsure, OWN).await
    }

    /// Releases a claim of a mail that was not sent, so that it can be claimed at once.
    pub async fn release_mail(&self, claimed: &Claimed) -> Result<(), Error> {
        let delete = self
            .db()
            .delete_item()
            .table_name(&self.layout().ephemeral_table)
            .set_key(Some(keys::mail_claim(&claimed.slot).item()))
            .condition_expression("#token = :token")
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":token", text(&claimed.token));
        condition_held(delete.send().await)?;
        Ok(())
    }

    /// Moves a claim to another stage. Returns `false` if it does not meet the condition.
    async fn advance(
        &self,
        claimed: &Claimed,
        from: Stage,
        to: Stage,
        condition: &str,
    ) -> Result<bool, Error> {
        let update = self
            .db()
            .update_item()
            .table_name(&self.layout().ephemeral_table)
            .set_key(Some(keys::mail_claim(&claimed.slot).item()))
            .update_expression("SET stage = :to")
            .condition_expression(condition)
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":token", text(&claimed.token))
            .expression_attribute_values(":from", attribute(&from)?)
            .expression_attribute_values(":to", attribute(&to)?);
        Ok(condition_held(update.send().await)?)
    }
}
