//! Tickets: each lets one browser open one WebSocket, since browsers cannot send a token there.

use app::random;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use domain::Timestamp;
use sha2::{Digest, Sha256};
use store::Session;

use crate::AppState;
use crate::error::ApiError;

impl AppState {
    /// Issues a ticket for one connection: 256 random bits. Only its digest is stored.
    pub async fn issue_ticket(&self, session: &Session) -> Result<String, ApiError> {
        let ticket = BASE32_NOPAD.encode(&random::<32>()?).to_ascii_lowercase();
        self.store.put_ticket(&digest(&ticket), session, self.clock.now()).await?;
        Ok(ticket)
    }

    /// Redeems a ticket, once. Returns no session for an unknown or expired one, nor after the
    /// expiry of the token that it was issued for.
    pub async fn redeem_ticket(&self, ticket: &str) -> Result<Option<Session>, store::Error> {
        let now = self.clock.now();
        let session = self.store.redeem_ticket(&digest(ticket), now).await?;
        Ok(session.filter(|session| session.expires.is_none_or(|expires| expires > now)))
    }

    /// When a connection that begins now ends at the latest: with its token, or with the gateway's
    /// limit.
    pub fn session_end(&self, session: &Session) -> Timestamp {
        let limit = self.clock.now().plus_millis(store::LIFETIME_MS);
        session.expires.map_or(limit, |expires| expires.min(limit))
    }
}

fn digest(ticket: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(ticket.as_bytes()))
}
