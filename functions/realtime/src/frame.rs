//! `$default`: the frames `ping`, `typing` and `looking`. Any other frame gets one error frame, and
//! the connection stays open.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::{ChannelHash, Principal, Side, Timestamp};
use http::AppState;
use serde_json::Value;
use store::Connection;
use wire::{Hint, PONG, error_frame, hint_frame};

use crate::rate_limit::{RateLimit, Verdict};
use crate::{Realtime, Response};

/// Handles a frame; 503 when the database fails.
pub(crate) async fn receive(realtime: &Realtime, id: &str, event: &Event) -> Response {
    match process(realtime, id, event).await {
        Ok(()) => Response::status(200),
        Err(error) => {
            tracing::warn!(error.kind = "frame", "a frame could not be handled: {error}");
            Response::status(503)
        }
    }
}

enum Frame {
    Ping,
    /// Typing or looking, in this channel; `None` when the hash is malformed.
    Hint(Hint, Option<ChannelHash>),
    Unknown,
}

impl Frame {
    fn parse(event: &Event) -> Self {
        let body = event.body.as_deref().filter(|_| !event.is_base64_encoded).unwrap_or_default();
        let frame: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| frame.get(name).and_then(Value::as_str);
        match (text("action"), text("channel_hash")) {
            (Some("ping"), _) => Self::Ping,
            (Some("typing"), Some(hash)) => Self::Hint(Hint::Typing, ChannelHash::parse(hash)),
            (Some("looking"), Some(hash)) => Self::Hint(Hint::Looking, ChannelHash::parse(hash)),
            _ => Self::Unknown,
        }
    }

    /// The rate limit of hints, checked before anything is read. A hint without a channel reaches
    /// no connection, so it is not limited.
    fn check_rate(&self, hints: &RateLimit, connection: &str, now: Timestamp) -> Verdict {
        match self {
            Self::Hint(hint, Some(hash)) => hints.check(hint.event_name(), connection, hash, now),
            _ => Verdict::Push,
        }
    }
}

async fn process(realtime: &Realtime, id: &str, event: &Event) -> Result<(), store::Error> {
    let app = &realtime.app;
    let now = app.clock.now();
    let frame = Frame::parse(event);
    let verdict = frame.check_rate(&realtime.hints, id, now);
    if verdict == Verdict::Drop {
        return Ok(());
    }
    // An unknown connection, or one whose token has expired, is closed: the client reconnects with
    // a new ticket.
    let Some(connection) = app.store.connection(id, now).await? else {
        app.push.close_unknown(id).await;
        return Ok(());
    };
    if !app.config.enabled || connection.has_expired(now) {
        app.push.close(&connection).await;
        return Ok(());
    }
    let is_staff = connection.session.principal.side() == Side::Staff;
    match frame {
        Frame::Ping => {
            app.store.restore_to_room(&connection).await?;
            app.push_to([&connection].into_iter(), PONG).await;
        }
        // Only staff may look at conversations of other people.
        Frame::Hint(Hint::Looking, _) if !is_staff => {
            push_error(app, connection, "Unknown frame").await;
        }
        Frame::Hint(hint, Some(hash)) => broadcast(app, connection, &hash, hint, verdict).await?,
        Frame::Hint(_, None) => push_error(app, connection, "Unknown channel").await,
        Frame::Unknown => push_error(app, connection, "Unknown frame").await,
    }
    Ok(())
}

async fn push_error(app: &AppState, connection: Connection, message: &str) {
    app.push_to([&connection].into_iter(), &error_frame(message)).await;
}

/// Pushes a hint: typing to everyone else in the channel, looking to the other admins. Stores
/// nothing.
async fn broadcast(
    app: &AppState,
    connection: Connection,
    hash: &ChannelHash,
    hint: Hint,
    verdict: Verdict,
) -> Result<(), store::Error> {
    let (now, person) = (app.clock.now(), &connection.session.principal);
    let channel = match app.store.channel(hash, person).await {
        Ok(channel) => channel,
        Err(store::Error::Refused(_)) => {
            push_error(app, connection, "Unknown channel").await;
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    // Anyone can invent guests, so hints of a guest who never wrote are dropped.
    let is_unwritten = matches!(person, Principal::Guest(_)) && channel.last_seq == 0;
    if verdict != Verdict::Push || is_unwritten {
        return Ok(());
    }
    let mut others = match hint {
        Hint::Typing => app.store.audience(&channel, now).await?,
        Hint::Looking => app.store.connections_of_staff(now).await?,
    };
    others.retain(|other| other.session.principal != *person);
    let Ok(event) = app.event_id() else { return Ok(()) };
    app.push_to(others.iter(), &hint_frame(hint, &channel, person, &event, now)).await;
    Ok(())
}
