//! Telling those who are connected, and letting them connect.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ::push::Missed;
use app::random;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use domain::{Change, EventId, Principal, Reader, Timestamp};
use sha2::{Digest, Sha256};
use store::{Committed, Connection, Done, ReadOutcome, Session};
use wire::Envelope;

use crate::AppState;
use crate::error::ApiError;
use crate::guard::TokenProfile;

/// How old a message may be whose repeated send is pushed again, in milliseconds. Later the others
/// have pinged, and found it in the log.
const REPLAY_PUSHED_MS: i64 = 10 * 60_000;
/// How often one function instance pushes the same message again: a retry may come twice, a loop of
/// retries must not become a loop of pushes.
const REPLAYS_PUSHED: u32 = 3;
/// Messages whose repeated pushes are counted at the same time. Beyond that the counts start anew.
const REPLAYS_COUNTED: usize = 1_000;

/// Counts repeated pushes, per function instance.
#[derive(Debug, Default)]
pub(crate) struct Replays(Mutex<HashMap<String, u32>>);

impl Replays {
    fn allow(&self, event: &EventId) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REPLAYS_COUNTED && !counts.contains_key(event.as_str()) {
            counts.clear();
        }
        let count = counts.entry(event.as_str().to_owned()).or_default();
        *count += 1;
        *count <= REPLAYS_PUSHED
    }
}

impl AppState {
    /// Tells everybody concerned of a change, before its sender gets the answer: so events of one
    /// sender arrive in order. Whether it arrives changes nothing for the sender.
    pub async fn tell(&self, news: Option<&Committed>) {
        if let Some(news) = news.filter(|news| !news.audience.is_empty()) {
            let frame = Envelope::of(&news.channel, &news.change).into_frame();
            self.push_to(&news.audience, &frame).await;
        }
    }

    /// Pushes a send, also one that was stored before under the same client id.
    ///
    /// The first attempt may have died between storing and pushing, and then the retry is all that
    /// tells the others before their next ping. Receivers know a message by its event id, so a
    /// second push does no harm; it is bounded by [`REPLAY_PUSHED_MS`] and [`Replays`].
    pub async fn tell_sent(&self, sent: &Done) {
        let (channel, message) = match sent {
            Done::Committed(committed) => return self.tell(Some(committed)).await,
            Done::Unchanged(channel, message) => (channel, message),
        };
        let now = self.clock.now();
        let is_recent = now.since(message.created_at) <= REPLAY_PUSHED_MS;
        if message.deleted_at.is_some() || !is_recent || !self.replays().allow(&message.event_id) {
            return;
        }
        let audience = self.store.audience_if_known(channel, now).await;
        let change = Change::created(message.clone());
        self.tell(Some(&Committed { channel: channel.clone(), change, audience })).await;
    }

    /// Tells everybody concerned that somebody has read.
    pub async fn tell_read(&self, read: &ReadOutcome, reader: &Principal) {
        if let ReadOutcome::Moved(channel) = read {
            let audience = self.store.audience_if_known(channel, self.clock.now()).await;
            if let Some(envelope) =
                Envelope::of_read(channel, &Reader::of(reader)).filter(|_| !audience.is_empty())
            {
                self.push_to(&audience, &envelope.into_frame()).await;
            }
        }
    }

    /// Pushes a frame to all of these connections.
    pub async fn push_to(&self, audience: &[Connection], frame: &str) {
        let Missed { gone, failed } = self.push.tell(audience, frame, self.clock.now()).await;
        self.count(&[("PushesGone", gone), ("PushesFailed", failed)]);
    }

    /// Keeps what a token says of its owner: whoever signs tokens knows who people are. Where it
    /// cannot be kept, the next token says it again.
    pub async fn remember(&self, caller: &Principal, said: &TokenProfile) {
        let id = caller.id();
        // One id, one person: where a customer could be called like an admin, a token must not say
        // where the admin's mail goes.
        let is_ours = matches!(caller, Principal::Admin(_)) != id.as_str().starts_with("cus_");
        if said.0.is_empty() || !is_ours {
            return;
        }
        let remembered = async {
            let before = self.store.person(id).await?.vouched;
            let (known, at) =
                before.map_or_else(Default::default, |before| (before.profile, Some(before.at)));
            let profile = said.0.or(&known);
            // Medusa, where there is one, is asked in its time all the same.
            let at = if self.config.outside.medusa_url.is_some() {
                at.unwrap_or_default()
            } else {
                self.clock.now()
            };
            if profile == known { Ok(()) } else { self.store.vouch(id, &profile, at).await }
        };
        if let Err::<(), store::Error>(error) = remembered.await {
            tracing::warn!(error.kind = "remember", "what a token says could not be kept: {error}");
        }
    }

    /// Closes every connection of somebody who is nobody any more.
    pub async fn close_all_of(&self, person: &Principal) {
        match self.store.connections_of(person, self.clock.now()).await {
            Ok(connections) => {
                for connection in &connections {
                    self.push.close(connection).await;
                }
            }
            Err(error) => {
                tracing::warn!(error.kind = "audience", "connections could not be closed: {error}")
            }
        }
    }

    /// Makes a ticket for one connection: 256 random bits, of which only a digest is kept.
    pub async fn issue_ticket(&self, session: &Session) -> Result<String, ApiError> {
        let ticket = BASE32_NOPAD.encode(&random::<32>()?).to_ascii_lowercase();
        self.store.put_ticket(&digest(&ticket), session, self.clock.now()).await?;
        Ok(ticket)
    }

    /// Takes a ticket: it lets one connection in, once, within its time, and not after the token
    /// expired that it was made with.
    pub async fn redeem(&self, ticket: &str) -> Result<Option<Session>, store::Error> {
        let now = self.clock.now();
        let session = self.store.take_ticket(&digest(ticket), now).await?;
        Ok(session.filter(|session| session.expires.is_none_or(|expires| expires > now)))
    }

    /// When a session that begins now ends at the latest: with its token, or with the gateway's
    /// limit.
    pub fn session_end(&self, session: &Session) -> Timestamp {
        let limit = self.clock.now().plus_millis(store::LIFETIME_MS);
        session.expires.map_or(limit, |expires| expires.min(limit))
    }
}

/// The digest under which a ticket is kept.
fn digest(ticket: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(ticket.as_bytes()))
}
