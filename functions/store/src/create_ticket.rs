//! `POST /store/chat/realtime/ticket`

use axum::{Extension, Json};
use domain::Principal;
use http::guard::TokenProfile;
use http::request::Address;
use http::views::{self, TicketAnswer};
use http::{ApiError, AppState, Refusals, Session};

/// Makes a ticket for one WebSocket connection: browsers cannot send a token there.
#[utoipa::path(
    post, path = "/store/chat/realtime/ticket", tag = "store", operation_id = "store_create_ticket",
    responses((status = 200, body = TicketAnswer), Refusals)
)]
pub async fn create_ticket(
    app: AppState,
    Extension(session): Extension<Session>,
    said: TokenProfile,
    Address(address): Address,
) -> Result<Json<TicketAnswer>, ApiError> {
    if let Principal::Guest(guest) = &session.principal
        && !app.store.guest_is_known(guest).await?
    {
        app.store
            .count_unknown_ticket(&address, app.config.guests_per_hour, app.clock.now())
            .await?;
    }
    app.remember(&session.principal, &said).await;
    let ticket = app.issue_ticket(&session).await?;
    Ok(views::ticket(ticket, &app.config.sockets_url, app.session_end(&session)))
}
