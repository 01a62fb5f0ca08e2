//! Claims on mails, so that each mail is sent at most once.
//!
//! A mail cannot be taken back, and its sender may run twice, concurrently, or die half-way. So
//! each mail is claimed before it is sent, in three steps: *claimed* (a lease: when it ends,
//! another sender takes over), *sending* (if the sender dies here, the mail may have been sent: it
//! is counted and never repeated), *sent*. A slot is one kind of mail to one recipient. One row
//! holds its claim, so it also enforces the least time between two mails.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, attribute, item, number, text};
use crate::table::keys;
use crate::table::update::Expression;
use crate::table::write::Outcome;

/// How long a claim is kept after its use, in milliseconds.
const KEPT_MS: i64 = 7 * 24 * 3_600_000;

/// Who moves a claim to another stage.
enum Step {
    /// Its own sender. The new stage is accepted too: the SDK repeats a call whose response is
    /// lost, and the first one may have been carried out.
    Own,
    /// Another sender, after the own one died. Only one caller may do it, so the mail is counted
    /// once.
    Dead,
}

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

impl Claimed {
    /// What names this claim: no other one has it.
    pub fn token(&self) -> &str {
        &self.token
    }
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
        let row = item(&key, &row)?;
        let mut free = Expression::default();
        let claimed = free.value(attribute(&Stage::Claimed)?);
        let over = [Stage::Sent, Stage::Failed, Stage::Unsure]
            .map(|over| Ok(free.value(attribute(&over)?)))
            .into_iter()
            .collect::<Result<Vec<_>, Error>>()?
            .join(", ");
        let (now_value, token_value, mail_value) =
            (free.value(number(now.millis())), free.value(text(&token)), free.value(text(mail)));
        let sent_before = now.plus_millis(-terms.interval_ms);
        let sent_before = free.value(number(sent_before.millis()));
        // `token` is a reserved word of DynamoDB, as `state` is.
        let token_path = free.path(&["token"]);
        free.only_if(format!(
            "attribute_not_exists(pk) \
             OR (stage = {claimed} \
                 AND (lease_until <= {now_value} OR {token_path} = {token_value})) \
             OR (stage IN ({over}) AND mail <> {mail_value} AND claimed_at <= {sent_before})"
        ));
        let existing = match self.put_item(&self.layout().ephemeral_table, row, free).await? {
            Outcome::Committed => {
                return Ok(Claim::Acquired(Claimed { slot: slot.to_owned(), token }));
            }
            Outcome::Refused(items) => items.into_iter().flatten().next().unwrap_or_default(),
        };
        let existing: Row = item::read(existing)?;
        let is_same = existing.mail == mail;
        let next = existing.claimed_at.plus_millis(terms.interval_ms);
        let is_leased = existing.lease_until > now;
        match existing.stage {
            Stage::Claimed => return Ok(Claim::Busy(existing.lease_until)),
            Stage::Sending if is_leased => return Ok(Claim::Busy(existing.lease_until)),
            Stage::Sending => {
                let dead = Claimed { slot: slot.to_owned(), token: existing.token };
                if self.advance(&dead, Stage::Sending, Stage::Unsure, Step::Dead).await? {
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
        self.advance(claimed, Stage::Claimed, Stage::Sending, Step::Own).await
    }

    /// Records that the mail was sent.
    pub async fn mark_mail_sent(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, Stage::Sending, Stage::Sent, Step::Own).await
    }

    /// Records that the mail failed for good.
    pub async fn mark_mail_failed(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, Stage::Sending, Stage::Failed, Step::Own).await
    }

    /// Records that the mail may or may not have been sent.
    pub async fn mark_mail_unsure(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, Stage::Sending, Stage::Unsure, Step::Own).await
    }

    /// Releases a claim of a mail that was not sent, so that it can be claimed at once.
    pub async fn release_mail(&self, claimed: &Claimed) -> Result<(), Error> {
        let key = keys::mail_claim(&claimed.slot);
        self.delete_if(&key, "token", text(&claimed.token)).await
    }

    /// Moves a claim to another stage. Returns `false` if it does not meet the condition.
    async fn advance(
        &self,
        claimed: &Claimed,
        from: Stage,
        to: Stage,
        step: Step,
    ) -> Result<bool, Error> {
        let mut update = Expression::default();
        update.set(&["stage"], attribute(&to)?);
        update.only_if_is(&["token"], Some(text(&claimed.token)));
        let before = update.value(attribute(&from)?);
        // Only values that the condition uses: DynamoDB refuses an unused one.
        let is_there = match step {
            Step::Own => format!("stage IN ({before}, {})", update.value(attribute(&to)?)),
            Step::Dead => format!("stage = {before}"),
        };
        update.only_if(is_there);
        let key = keys::mail_claim(&claimed.slot);
        Ok(self.update_item(&self.layout().ephemeral_table, &key, update).await?.is_committed())
    }
}
