//! Create a ticket for one WebSocket.

use axum::Json;
use domain::Principal;
use http::{Address, ApiError, AppState, Identity, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

use crate::people::store_token_profile;

/// `{ticket, expires_in, url, session_expires_at}`
#[derive(Serialize, ToSchema)]
pub struct TicketAnswer {
    /// Lets one connection in, once: as the sub-protocol `t.<ticket>` next to `chat.v1`, or as
    /// `?ticket=`.
    ticket: String,
    /// Seconds for which it is valid.
    expires_in: i64,
    /// Where to connect.
    url: String,
    /// When the connection will end at the latest: come back with a new one before.
    session_expires_at: wire::Timestamp,
}

/// Creates a ticket for one WebSocket connection: browsers cannot send a token there.
#[utoipa::path(
    post, path = "", operation_id = "create_ticket",
    responses((status = 200, body = TicketAnswer), Refusals)
)]
pub async fn create_ticket(
    app: AppState,
    identity: Identity,
    Address(address): Address,
) -> Result<Json<TicketAnswer>, ApiError> {
    let session = &identity.session;
    if let Principal::Guest(guest) = &session.principal
        && !app.store.guest_is_known(guest).await?
    {
        let (limit, now) = (app.config.guests_per_hour, app.clock.now());
        app.store.count_unknown_ticket(&address, limit, now).await?;
    }
    store_token_profile(&app, &identity).await;
    Ok(Json(TicketAnswer {
        ticket: app.issue_ticket(session).await?,
        expires_in: store::TICKET_S,
        url: app.config.sockets_url.clone(),
        session_expires_at: app.session_end(session).into(),
    }))
}
