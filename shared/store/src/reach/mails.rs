//! Claims on mails, and to whom none may go.
//!
//! A mail cannot be taken back, and whoever sends it may be started twice, at once, or die
//! half-way. So each mail is claimed before it is sent, in three steps: *claimed* (a lease: who
//! dies here is taken over), *sending* (who dies here may or may not have sent: counted, never
//! repeated), *sent*. One row holds the claim of one kind of mail to one receiver, so it also keeps
//! mails apart.

use domain::{ActorId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, attribute, item, number, text};
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::update::Expression;
use crate::table::write::Outcome;

/// How long a claim is kept beyond its use, in milliseconds.
const KEPT_MS: i64 = 7 * 24 * 3_600_000;

/// Whose claim is moved on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The caller's own. The SDK repeats a call whose answer is lost, and the first one may have
    /// been carried out, so the claim may be at the next stage already. Nobody else has the token.
    Own,
    /// That of a sender who died. It ends once, so that this is said once.
    Dead,
}

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
        let row = item(&key, &row)?;
        let mut free = Expression::default();
        let stage = |stage: State| attribute(&stage);
        let claimed = free.value(stage(State::Claimed)?);
        let over = [State::Sent, State::Failed, State::Unsure]
            .map(|over| Ok(free.value(stage(over)?)))
            .into_iter()
            .collect::<Result<Vec<_>, Error>>()?
            .join(", ");
        let (at, apart) = (now.millis(), now.plus_millis(-terms.apart_ms).millis());
        let (at, apart) = (free.value(number(at)), free.value(number(apart)));
        let (own, ours) = (free.path(&["token"]), free.value(text(&token)));
        let this = free.value(text(mail));
        free.only_if(format!(
            "attribute_not_exists(pk) \
             OR (stage = {claimed} AND (lease_until <= {at} OR {own} = {ours})) \
             OR (stage IN ({over}) AND mail <> {this} AND claimed_at <= {apart})"
        ));
        let refused = match self.put_item(&self.layout().ephemeral_table, row, free).await? {
            Outcome::Committed => return Ok(Claim::Ours(Claimed { slot: slot.to_owned(), token })),
            Outcome::Refused(there) => there.into_iter().flatten().next().unwrap_or_default(),
        };
        let there: Row = item::read(refused)?;
        let apart = there.claimed_at.plus_millis(terms.apart_ms);
        match there.stage {
            State::Claimed => Ok(Claim::Busy(there.lease_until)),
            State::Sending if there.lease_until > now => Ok(Claim::Busy(there.lease_until)),
            State::Sending => {
                let dead = Claimed { slot: slot.to_owned(), token: there.token };
                if self.advance(&dead, State::Sending, State::Unsure, Step::Dead).await? {
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
        self.advance(claimed, State::Claimed, State::Sending, Step::Own).await
    }

    /// The mail was sent.
    pub async fn mail_is_sent(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, State::Sending, State::Sent, Step::Own).await
    }

    /// The mail was refused for good.
    pub async fn mail_has_failed(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, State::Sending, State::Failed, Step::Own).await
    }

    /// Nobody knows whether the mail was sent.
    pub async fn mail_is_unsure(&self, claimed: &Claimed) -> Result<bool, Error> {
        self.advance(claimed, State::Sending, State::Unsure, Step::Own).await
    }

    /// Gives a claim back: nothing was sent, and anybody may try again at once.
    pub async fn release_mail(&self, claimed: &Claimed) -> Result<(), Error> {
        let key = keys::mail_claim(&claimed.slot);
        self.delete_if(&key, "token", text(&claimed.token)).await
    }

    /// Moves a claim on; whether it stood where it should.
    async fn advance(
        &self,
        claimed: &Claimed,
        from: State,
        to: State,
        step: Step,
    ) -> Result<bool, Error> {
        let mut update = Expression::default();
        update.set(&["stage"], attribute(&to)?);
        update.only_if_is(&["token"], Some(text(&claimed.token)));
        let before = update.value(attribute(&from)?);
        let is_there = match step {
            Step::Own => format!("stage IN ({before}, {})", update.value(attribute(&to)?)),
            Step::Dead => format!("stage = {before}"),
        };
        update.only_if(is_there);
        let key = keys::mail_claim(&claimed.slot);
        Ok(self.update_item(&self.layout().ephemeral_table, &key, update).await?.is_committed())
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
        let mut update = Expression::default();
        update.set(&["notified_at"], number(as_of.millis()));
        update.set_if_absent(&["profile_at"], number(as_of.millis()));
        if notification.template == crate::DIGEST_TEMPLATE {
            update.set(&["digested_at"], number(as_of.millis()));
        }
        if tell {
            update.set(&["notification"], attribute(notification)?);
        }
        self.update_person(receiver, update).await?;
        Ok(())
    }

    /// Drops a mail of which other systems were told: what a message said is kept with the message
    /// only.
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
        let found = self.get_all(keys, Consistency::Strong).await?;
        let no: Vec<No> = found.into_iter().map(item::read).collect::<Result<_, _>>()?;
        Ok(no.iter().all(|no| no.lifted_at.is_some()))
    }

    /// Somebody wants no more mail. Saying it again changes nothing.
    pub async fn opt_out(&self, person_digest: &str, now: Timestamp) -> Result<(), Error> {
        self.say_no(&keys::opt_out(person_digest), now).await
    }

    /// Somebody wants mail again.
    pub async fn opt_in(&self, person_digest: &str, now: Timestamp) -> Result<(), Error> {
        self.lift_no(&keys::opt_out(person_digest), now).await
    }

    /// No mail goes to this address any more.
    pub async fn suppress(&self, address_digest: &str, now: Timestamp) -> Result<(), Error> {
        self.say_no(&keys::suppressed(address_digest), now).await
    }

    /// Mail goes to this address again: what bounced or complained is over.
    pub async fn lift_suppression(
        &self,
        address_digest: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.lift_no(&keys::suppressed(address_digest), now).await
    }

    async fn say_no(&self, key: &keys::Key, now: Timestamp) -> Result<(), Error> {
        let mut no = Expression::default();
        no.remove(&["lifted_at"]);
        no.set_if_absent(&["said_at"], number(now.millis()));
        self.update_item(&self.layout().chat_table, key, no).await?;
        Ok(())
    }

    async fn lift_no(&self, key: &keys::Key, now: Timestamp) -> Result<(), Error> {
        let mut lifted = Expression::default();
        lifted.set(&["lifted_at"], number(now.millis()));
        self.update_item(&self.layout().chat_table, key, lifted).await?;
        Ok(())
    }
}

fn done_or_wait(same: bool, apart: Timestamp, now: Timestamp) -> Claim {
    if same { Claim::Done } else { Claim::Wait(apart.max(now.plus_millis(1))) }
}
