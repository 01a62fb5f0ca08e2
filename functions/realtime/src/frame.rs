//! `$default`: the frames `ping`, `typing`, `looking`, `away` and `back`. Any other frame gets one
//! error frame, and the connection stays open.

use app::Cause;
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::{ChannelHash, Principal, Side, Timestamp};
use http::{AppState, Rest};
use serde_json::Value;
use store::{Change, Connection, Looking};
use wire::{Hint, PONG, error_frame, hint_frame};

use crate::rate_limit::{RateLimit, Verdict};
use crate::{Realtime, Response, presence};

/// Handles a frame; 503 when the database fails.
pub(crate) async fn receive(realtime: &Realtime, id: &str, event: &Event) -> (Response, Rest) {
    match process(realtime, id, event).await {
        Ok(rest) => (Response::status(200), rest),
        Err(error) => {
            tracing::warn!(error.kind = "frame", "a frame could not be handled: {error}");
            (Response::status(503), Rest::default())
        }
    }
}

enum Frame {
    Ping,
    /// Typing or looking, in this channel; `None` when the hash is malformed.
    Hint(Hint, Option<ChannelHash>),
    /// The page is hidden.
    Away,
    /// The page is visible again.
    Back,
    Unknown,
}

impl Frame {
    fn parse(event: &Event) -> Self {
        let body = event.body.as_deref().filter(|_| !event.is_base64_encoded).unwrap_or_default();
        let frame: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| frame.get(name).and_then(Value::as_str);
        match (text("action"), text("channel_hash")) {
            (Some("ping"), _) => Self::Ping,
            (Some("away"), _) => Self::Away,
            (Some("back"), _) => Self::Back,
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

async fn process(realtime: &Realtime, id: &str, event: &Event) -> Result<Rest, store::Error> {
    let app = &realtime.app;
    let now = app.clock.now();
    let frame = Frame::parse(event);
    let verdict = frame.check_rate(&realtime.hints, id, now);
    if verdict == Verdict::Drop {
        return Ok(Rest::default());
    }
    // An unknown connection, or one whose token has expired, is closed: the client reconnects with
    // a new ticket.
    let Some(connection) = app.store.connection(id, now).await? else {
        app.push.close_unknown(id).await;
        return Ok(Rest::default());
    };
    if !app.config.enabled || connection.has_expired(now) {
        app.push.close(&connection).await;
        return Ok(Rest::default());
    }
    let is_staff = connection.session.principal.side() == Side::Staff;
    match frame {
        Frame::Ping => ping(app, &connection).await?,
        Frame::Away => return show(app, connection, event, true).await,
        Frame::Back => return show(app, connection, event, false).await,
        // Only staff may look at conversations of other people.
        Frame::Hint(Hint::Looking, _) if !is_staff => {
            push_error(app, connection, "Unknown frame").await;
        }
        Frame::Hint(hint, Some(hash)) => {
            return broadcast(app, connection, &hash, hint, verdict).await;
        }
        Frame::Hint(_, None) => push_error(app, connection, "Unknown channel").await,
        Frame::Unknown => push_error(app, connection, "Unknown frame").await,
    }
    Ok(Rest::default())
}

/// Responds to a ping, to a member's also with the staff's presence: what clients show is proven
/// anew.
async fn ping(app: &AppState, connection: &Connection) -> Result<(), store::Error> {
    let person = &connection.session.principal;
    let ((), staff) = tokio::try_join!(
        app.store.restore_to_room(connection),
        app.store.staff_for(person, app.clock.now())
    )?;
    app.push_to([connection].into_iter(), PONG).await;
    if person.side() == Side::Member {
        app.push_staff_presence(connection, &staff).await;
    }
    Ok(())
}

/// Stores whether the page is hidden, and pushes a member's presence if that changes it. Closes a
/// connection that changes too often.
async fn show(
    app: &AppState,
    connection: Connection,
    event: &Event,
    is_away: bool,
) -> Result<Rest, store::Error> {
    let (now, member) = (app.clock.now(), connection.session.principal.clone());
    // Frames of one connection may be handled concurrently: the order in which the gateway received
    // them counts.
    let received = match event.request_context.request_time_epoch {
        0 => now,
        millis => Timestamp::from_millis(millis),
    };
    let (change, staff) = tokio::try_join!(
        app.store.set_away(&connection, is_away, received),
        app.store.staff_for(&member, now)
    )?;
    let cause = match change {
        Change::Unchanged => return Ok(Rest::default()),
        Change::Stored if is_away => Cause::Departure,
        Change::Stored => Cause::Arrival(connection),
        Change::TooMany => {
            app.push.close(&connection).await;
            Cause::Departure
        }
    };
    Ok(presence(app, &member, &staff, cause))
}

async fn push_error(app: &AppState, connection: Connection, message: &str) {
    app.push_to([&connection].into_iter(), &error_frame(message)).await;
}

/// Pushes a hint: typing to everyone else in the channel, looking to the other admins. Typing
/// stores nothing. Looking stores another channel than the last one, and gets its member's
/// presence.
async fn broadcast(
    app: &AppState,
    connection: Connection,
    hash: &ChannelHash,
    hint: Hint,
    verdict: Verdict,
) -> Result<Rest, store::Error> {
    let (now, person) = (app.clock.now(), connection.session.principal.clone());
    let channel = match app.store.channel(hash, &person).await {
        Ok(channel) => channel,
        Err(store::Error::Refused(_)) => {
            push_error(app, connection, "Unknown channel").await;
            return Ok(Rest::default());
        }
        Err(error) => return Err(error),
    };
    // Anyone can invent guests, so hints of a guest who never wrote are dropped.
    let is_unwritten = matches!(person, Principal::Guest(_)) && channel.last_seq == 0;
    if verdict != Verdict::Push || is_unwritten {
        return Ok(Rest::default());
    }
    let mut others = match hint {
        Hint::Typing => app.store.audience(&channel, now).await?,
        Hint::Looking => {
            let looking = Looking {
                channel_hash: channel.hash.to_string(),
                member_id: channel.member_id.clone(),
            };
            let ((), staff) = tokio::try_join!(
                app.store.set_looking(&connection, &looking),
                app.store.connections_of_staff(now)
            )?;
            staff
        }
    };
    others.retain(|other| other.session.principal != person);
    if let Ok(event) = app.event_id() {
        app.push_to(others.iter(), &hint_frame(hint, &channel, &person, &event, now)).await;
    }
    Ok(match hint {
        Hint::Typing => Rest::default(),
        Hint::Looking => {
            let (app, member) = (app.clone(), Principal::member(&channel.member_id));
            Rest::of(async move { app.push_presence(&member, Cause::Look(connection)).await })
        }
    })
}
