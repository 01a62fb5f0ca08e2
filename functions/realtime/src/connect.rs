//! `$connect`: a ticket, used once, lets a browser in; a token lets a server in.
//!
//! Browsers cannot set headers on a WebSocket, so the ticket comes as a sub-protocol, which no log
//! and no history shows, or as a query parameter where that is not possible. Nothing is pushed from
//! here: until this has answered, the connection is not open.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::Principal;
use http::{ApiError, AppState};
use store::{Admission, Session};

use crate::Answer;

/// The sub-protocol that is spoken.
const PROTOCOL: &str = "chat.v1";
/// What a ticket begins with among the sub-protocols.
const TICKET_PREFIX: &str = "t.";

/// Connections of one person; the oldest is closed for one more.
const MOST_OF_GUEST: usize = 5;
const MOST_OF_CUSTOMER: usize = 10;
const MOST_OF_ADMIN: usize = 20;

/// Lets a connection in, or answers why not: 401 for who proves nothing, 403 for a page that must
/// not.
pub(crate) async fn connect(app: &AppState, id: &str, event: &Event) -> Answer {
    if !app.config.enabled || !app.allows_page(&event.headers) {
        return Answer::status(403);
    }
    let offered = protocols(event);
    let session = match credentials(app, event, &offered).await {
        Ok(Some(session)) => session,
        Ok(None) => return Answer::status(401),
        Err(error) => return unavailable(&error),
    };
    let most = match session.principal {
        Principal::Guest(_) => MOST_OF_GUEST,
        Principal::Customer(_) => MOST_OF_CUSTOMER,
        Principal::Admin(_) => MOST_OF_ADMIN,
    };
    match app.store.put_connection(id, &session, most, app.clock.now()).await {
        Ok(Admission::Admitted(evicted)) => {
            app.push.hang_up(&evicted).await;
            let mut answer = Answer::status(200);
            if offered.iter().any(|protocol| protocol == PROTOCOL) {
                answer.headers.insert("Sec-WebSocket-Protocol".to_owned(), PROTOCOL.into());
            }
            answer
        }
        Ok(Admission::Displaced) => Answer::status(429),
        Ok(Admission::Claimed) => Answer::status(401),
        Err(error) => unavailable(&error),
    }
}

/// Who is connecting: by ticket, else by token.
async fn credentials(
    app: &AppState,
    event: &Event,
    offered: &[String],
) -> Result<Option<Session>, ApiError> {
    let ticket = offered.iter().find_map(|protocol| protocol.strip_prefix(TICKET_PREFIX));
    let Some(ticket) = ticket.or_else(|| event.query_string_parameters.first("ticket")) else {
        return app.session_of_token(&event.headers).await;
    };
    Ok(app.redeem_ticket(ticket).await?)
}

fn protocols(event: &Event) -> Vec<String> {
    let values = event
        .headers
        .get_all("sec-websocket-protocol")
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|protocol| protocol.trim().to_owned()).collect()
}

fn unavailable(error: &dyn std::error::Error) -> Answer {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    tracing::warn!(
        error.kind = "connect",
        error.causes = cause,
        "a connection was refused: {error}"
    );
    Answer::status(503)
}
