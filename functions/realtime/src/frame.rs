//! `$default`: what clients send. Two things are understood; everything else is answered with one error frame, and the
//! connection stays open.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::ChannelHash;
use runtime::App;
use runtime::views;
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
            app.push.tell_one(&connection, views::PONG, now).await;
        }
        (Some("typing"), Some(hash)) => match ChannelHash::parse(hash) {
            Some(hash) => typing(app, &connection, &hash).await?,
            None => app.push.tell_one(&connection, &views::error_frame("Unknown channel"), now).await,
        },
        _ => app.push.tell_one(&connection, &views::error_frame("Unknown frame"), now).await,
    }
    Ok(())
}

/// Tells the others in a channel that somebody is writing. Nothing is stored.
async fn typing(app: &App, connection: &Connection, hash: &ChannelHash) -> Result<(), store::Error> {
    let (now, person) = (app.clock.now(), &connection.session.principal);
    let channel = match app.store.channel(hash, person).await {
        Ok(channel) => channel,
        Err(store::Error::Refused(_)) => {
            app.push.tell_one(connection, &views::error_frame("Unknown channel"), now).await;
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let mut others = app.store.audience(&channel, now).await?;
    others.retain(|other| other.session.principal != *person);
    let Ok(event) = app.event_id() else { return Ok(()) };
    app.push.tell(&others, &views::typing_frame(&channel, person, &event, now), now).await;
    Ok(())
}
