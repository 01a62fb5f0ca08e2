//! `$default`: what clients send. Three things are understood; everything else is answered with one error frame, and the
//! connection stays open.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::{ChannelHash, Refusal, Side};
use runtime::App;
use runtime::views::{self, Hint};
use serde_json::Value;
use store::Connection;

use crate::Answer;

/// Handles a frame.
pub(crate) async fn frame(app: &App, id: &str, event: &Event) -> Answer {
    match understand(app, id, event).await {
        Ok(()) => Answer::status(200),
        Err(error) => {
            tracing::warn!(error.kind = "frame", "a frame could not be handled: {error}");
            Answer::status(503)
        }
    }
}

async fn understand(app: &App, id: &str, event: &Event) -> Result<(), store::Error> {
    let now = app.clock.now();
    // A connection that nobody knows, or whose token has expired, is closed: the client comes back with a new ticket.
    let Some(connection) = app.store.connection(id, now).await? else {
        app.push.close_unknown(id).await;
        return Ok(());
    };
    if !app.config.enabled || connection.has_expired(now) {
        app.push.close(&connection).await;
        return Ok(());
    }
    let body = event.body.as_deref().filter(|_| !event.is_base64_encoded).unwrap_or_default();
    let frame: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| frame.get(name).and_then(Value::as_str);
    match (text("action"), text("channel_hash")) {
        (Some("ping"), _) => {
            app.store.keep_in_room(&connection).await?;
            app.push_to(&[connection], views::PONG).await;
        }
        (Some("typing"), Some(hash)) => tell_others(app, &connection, hash, Hint::Typing).await?,
        (Some("looking"), Some(hash)) if connection.session.principal.side() == Side::Staff => {
            tell_others(app, &connection, hash, Hint::Looking).await?;
        }
        _ => app.push_to(&[connection], &views::error_frame("Unknown frame")).await,
    }
    Ok(())
}

/// Tells others what somebody does in a channel: who is writing, everybody in it; who is looking, the other admins. Nothing is
/// stored.
async fn tell_others(app: &App, connection: &Connection, hash: &str, hint: Hint) -> Result<(), store::Error> {
    let (now, person) = (app.clock.now(), &connection.session.principal);
    let found = match ChannelHash::parse(hash) {
        Some(hash) => app.store.channel(&hash, person).await,
        None => Err(Refusal::NoChannel(hash.to_owned()).into()),
    };
    let channel = match found {
        Ok(channel) => channel,
        Err(store::Error::Refused(_)) => {
            app.push_to(std::slice::from_ref(connection), &views::error_frame("Unknown channel")).await;
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let mut others = match hint {
        Hint::Typing => app.store.audience(&channel, now).await?,
        Hint::Looking => app.store.connections_of_staff(now).await?,
    };
    others.retain(|other| other.session.principal != *person);
    let Ok(event) = app.event_id() else { return Ok(()) };
    app.push_to(&others, &views::hint_frame(hint, &channel, person, &event, now)).await;
    Ok(())
}
