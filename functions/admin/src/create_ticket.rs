//! `POST /admin/chat/realtime/ticket`

use axum::{Extension, Json};
use http::guard::TokenProfile;
use http::views::{self, TicketAnswer};
use http::{ApiError, AppState, Refusals, Session};

/// Makes a ticket for one WebSocket connection: browsers cannot send a token there.
#[utoipa::path(
    post, path = "/admin/chat/realtime/ticket", tag = "admin", operation_id = "admin_create_ticket",
    responses((status = 200, body = TicketAnswer), Refusals)
)]
pub async fn create_ticket(
    app: AppState,
    Extension(session): Extension<Session>,
    said: TokenProfile,
) -> Result<Json<TicketAnswer>, ApiError> {
    app.remember(&session.principal, &said).await;
    let ticket = app.issue_ticket(&session).await?;
    Ok(views::ticket(ticket, &app.config.sockets_url, app.session_end(&session)))
}
