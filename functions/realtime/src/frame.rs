//! `$default`: what clients send: `ping`, `typing`, `looking`. Everything else gets one error
//! frame, and the connection stays open.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::{ChannelHash, Principal, Side, Timestamp};
use http::AppState;
use serde_json::Value;
use store::Connection;
use wire::{Hint, PONG, error_frame, hint_frame};

use crate::pace::{Pace, Paced};
use crate::{Answer, Realtime};

/// Handles a frame.
pub(crate) async fn frame(realtime: &Realtime, id: &str, event: &Event) -> Answer {
    match understand(realtime, id, event).await {
        Ok(()) => Answer::status(200),
        Err(error) => {
            tracing::warn!(error.kind = "frame", "a frame could not be handled: {error}");
            Answer::status(503)
        }
    }
}

/// What a client sends.
enum Frame {
    Ping,
    /// Typing or looking, in this channel; a hash that is malformed names none.
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

    /// What the pace of hints says. It is asked before anything is read; a hint without a channel
    /// reaches nobody, so it has none.
    fn paced(&self, hints: &Pace, connection: &str, now: Timestamp) -> Paced {
        match self {
            Self::Hint(hint, Some(hash)) => hints.next(hint.event_name(), connection, hash, now),
            _ => Paced::Pass,
        }
    }
}

async fn understand(realtime: &Realtime, id: &str, event: &Event) -> Result<(), store::Error> {
    let app = &realtime.app;
    let now = app.clock.now();
    let frame = Frame::parse(event);
    let paced = frame.paced(&realtime.hints, id, now);
    if paced == Paced::Drop {
        return Ok(());
    }
    // A connection that nobody knows, or whose token has expired, is closed: the client comes back
    // with a new ticket.
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
            app.push_to(&[connection], PONG).await;
        }
        // Only staff looks at conversations of others.
        Frame::Hint(Hint::Looking, _) if !is_staff => {
            refuse(app, connection, "Unknown frame").await;
        }
        Frame::Hint(hint, Some(hash)) => pass_on(app, connection, &hash, hint, paced).await?,
        Frame::Hint(_, None) => refuse(app, connection, "Unknown channel").await,
        Frame::Unknown => refuse(app, connection, "Unknown frame").await,
    }
    Ok(())
}

async fn refuse(app: &AppState, connection: Connection, message: &str) {
    app.push_to(&[connection], &error_frame(message)).await;
}

/// Passes a hint on: who is typing, to everybody else in the channel; who is looking, to the other
/// admins. Nothing is stored.
async fn pass_on(
    app: &AppState,
    connection: Connection,
    hash: &ChannelHash,
    hint: Hint,
    paced: Paced,
) -> Result<(), store::Error> {
    let (now, person) = (app.clock.now(), &connection.session.principal);
    let channel = match app.store.channel(hash, person).await {
        Ok(channel) => channel,
        Err(store::Error::Refused(_)) => {
            refuse(app, connection, "Unknown channel").await;
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    // Guests cost nothing to invent: one who never wrote reaches nobody.
    let is_unwritten = matches!(person, Principal::Guest(_)) && channel.last_seq == 0;
    if paced != Paced::Pass || is_unwritten {
        return Ok(());
    }
    let mut others = match hint {
        Hint::Typing => app.store.audience(&channel, now).await?,
        Hint::Looking => app.store.connections_of_staff(now).await?,
    };
    others.retain(|other| other.session.principal != *person);
    let Ok(event) = app.event_id() else { return Ok(()) };
    app.push_to(&others, &hint_frame(hint, &channel, person, &event, now)).await;
    Ok(())
}
