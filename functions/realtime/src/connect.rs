//! `$connect`: a browser presents a ticket, which counts once; a server presents a token.
//!
//! Browsers cannot set headers on a WebSocket, so the ticket comes as a sub-protocol, which appears
//! in no log and no history. Clients that cannot choose a sub-protocol send it as a query
//! parameter. The connection opens only after the response, and what is pushed to it comes after
//! that.

use app::{Cause, lookers};
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::{Principal, Side};
use http::{ApiError, AppState, Rest};
use store::{Admission, Connection, Session};

use crate::Response;

/// The sub-protocol of every frame.
const PROTOCOL: &str = "chat.v1";
/// The prefix that marks a sub-protocol as a ticket.
const TICKET_PREFIX: &str = "t.";

/// Most connections of one person; a further one closes the oldest.
const MAX_OF_GUEST: usize = 5;
const MAX_OF_CUSTOMER: usize = 10;
const MAX_OF_ADMIN: usize = 20;

/// Admits a connection, or refuses it: 401 for missing or invalid credentials, 403 for a page of
/// an origin that is not allowed, 429 where newer connections already fill the limit.
pub(crate) async fn connect(app: &AppState, id: &str, event: &Event) -> (Response, Rest) {
    match admit(app, id, event).await {
        Ok(admitted) => admitted,
        Err(refusal) => (refusal, Rest::default()),
    }
}

async fn admit(app: &AppState, id: &str, event: &Event) -> Result<(Response, Rest), Response> {
    if !app.config.enabled || !app.allows_page(&event.headers) {
        return Err(Response::status(403));
    }
    let offered = offered_protocols(event);
    let session = match credentials(app, event, &offered).await {
        Ok(Some(session)) => session,
        Ok(None) => return Err(Response::status(401)),
        Err(error) => return Err(unavailable(&error)),
    };
    let max = match session.principal {
        Principal::Guest(_) => MAX_OF_GUEST,
        Principal::Customer(_) => MAX_OF_CUSTOMER,
        Principal::Admin(_) => MAX_OF_ADMIN,
    };
    match app.store.put_connection(id, &session, max, app.clock.now()).await {
        Ok(Admission::Admitted { own, evicted, staff }) => {
            app.push.hang_up(&evicted).await;
            let mut response = Response::status(200);
            if offered.iter().any(|protocol| protocol == PROTOCOL) {
                response.headers.insert("Sec-WebSocket-Protocol".to_owned(), PROTOCOL.into());
            }
            Ok((response, greet(app, own, staff)))
        }
        Ok(Admission::Displaced) => Err(Response::status(429)),
        Ok(Admission::Claimed) => Err(Response::status(401)),
        Err(error) => Err(unavailable(&error)),
    }
}

/// Pushes to a member's new connection whether staff is present, and to the staff who look at the
/// member's channel that the member is.
fn greet(app: &AppState, own: Connection, staff: Vec<Connection>) -> Rest {
    if own.session.principal.side() == Side::Staff {
        return Rest::default();
    }
    let app = app.clone();
    Rest::of(async move {
        if !app.is_opened(&own).await {
            return;
        }
        app.push_staff_presence(&own, &staff).await;
        let member = own.session.principal.clone();
        if lookers(&staff, &member).next().is_some() {
            app.push_presence(&member, Cause::Arrival(own)).await;
        }
    })
}

/// The session of the ticket, else of the token; `None` when neither is valid.
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

fn offered_protocols(event: &Event) -> Vec<String> {
    let values = event
        .headers
        .get_all("sec-websocket-protocol")
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|protocol| protocol.trim().to_owned()).collect()
}

fn unavailable(error: &dyn std::error::Error) -> Response {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    tracing::warn!(
        error.kind = "connect",
        error.causes = cause,
        "a connection was refused: {error}"
    );
    Response::status(503)
}
