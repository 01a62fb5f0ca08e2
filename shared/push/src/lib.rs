//! Events to open connections, through API Gateway's management API.
//!
//! A push is a hint: the log is the truth, and a client that missed one looks there. So a push
//! never fails the request that caused it, is tried once, and has a time limit. After a failure, a
//! connection that the gateway reports as gone leaves its room, and the next senders wait less for
//! one that did not answer in time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use aws_sdk_apigatewaymanagement::operation::get_connection::GetConnectionError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use domain::Timestamp;
use futures_util::stream::{self, FuturesUnordered, StreamExt};
use store::{Connection, Store};
use tokio::time::{Instant, timeout, timeout_at};

/// Connections served at the same time.
const AT_ONCE: usize = 32;
/// Longest wait for all pushes of one event. The sender waits for it, so that events of one sender
/// arrive in order.
const TIME_LIMIT: Duration = Duration::from_secs(2);
/// Longest wait for connections that did not answer a moment ago.
const SLOW_TIME_LIMIT: Duration = Duration::from_millis(250);
/// How long a connection that did not answer counts as slow, in milliseconds.
const SLOW_FOR_MS: i64 = 60_000;
/// Most slow connections that are remembered.
const MAX_SLOW: usize = 1_000;
/// Longest wait for the rows of connections that are gone to be removed. What is not removed is
/// found gone again.
const FORGET_TIME_LIMIT: Duration = Duration::from_secs(1);

/// Pushes to connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Push {
    gateway: Client,
    store: Store,
    slow: Arc<Slow>,
}

/// The connections that did not answer in time, and when. In memory: each instance of a function
/// learns it by itself.
#[derive(Debug, Default)]
struct Slow(Mutex<HashMap<String, Timestamp>>);

impl Slow {
    fn has(&self, connection: &Connection, now: Timestamp) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&connection.id).is_some_and(|at| now.since(*at) < SLOW_FOR_MS)
    }

    fn note(&self, connection: &Connection, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_SLOW {
            known.retain(|_, at| now.since(*at) < SLOW_FOR_MS);
        }
        // A connection that is slow already keeps its time: after that it gets the whole limit
        // once, whatever is pushed meanwhile.
        let is_slow = known.get(&connection.id).is_some_and(|at| now.since(*at) < SLOW_FOR_MS);
        if !is_slow && known.len() < MAX_SLOW {
            known.insert(connection.id.clone(), now);
        }
    }

    fn forget(&self, connection: &Connection) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection.id);
    }
}

/// The numbers of connections that a frame did not reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Those that were gone. They are forgotten.
    pub gone: u64,
    /// Those whose fate is unknown.
    pub failed: u64,
}

/// The result of a push to one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    Delivered,
    /// The connection's token has expired: the connection was closed instead.
    Closed,
    Gone,
    Failed,
    /// No answer in time.
    Late,
}

/// The results of the pushes of one frame.
#[derive(Default)]
struct Tally<'a> {
    delivered: u64,
    closed: u64,
    failed: u64,
    gone: Vec<&'a Connection>,
}

impl<'a> Tally<'a> {
    fn count(&mut self, connection: &'a Connection, delivery: Delivery) {
        match delivery {
            Delivery::Delivered => self.delivered += 1,
            Delivery::Closed => self.closed += 1,
            Delivery::Gone => self.gone.push(connection),
            Delivery::Failed | Delivery::Late => self.failed += 1,
        }
    }
}

impl Push {
    /// Pushes through this management API, and keeps rooms clean in this store.
    pub fn new(gateway: Client, store: Store) -> Self {
        Self { gateway, store, slow: Arc::default() }
    }

    /// Opens the connection to the gateway early, by asking for a connection that never exists.
    pub async fn connect(&self) {
        let _ = self.gateway.get_connection().connection_id("none=").send().await;
    }

    /// Sends one frame to all of these connections, the same to each. Returns how many it did not
    /// reach.
    pub async fn send(
        &self,
        audience: impl Iterator<Item = &Connection>,
        frame: &str,
        now: Timestamp,
    ) -> Missed {
        let (slow, quick): (Vec<_>, Vec<_>) =
            audience.partition(|connection| self.slow.has(connection, now));
        let quick = self.send_within(TIME_LIMIT, &quick, frame, now);
        let slow = self.send_within(SLOW_TIME_LIMIT, &slow, frame, now);
        let (quick, slow) = tokio::join!(quick, slow);
        let gone: Vec<_> = quick.gone.iter().chain(&slow.gone).copied().collect();
        let forget = stream::iter(&gone)
            .for_each_concurrent(AT_ONCE, |connection| self.forget_gone(connection, now));
        // Outside the time limit: a connection that was found gone is removed although another one
        // did not answer.
        if timeout(FORGET_TIME_LIMIT, forget).await.is_err() {
            tracing::warn!(
                error.kind = "forget",
                "connections that are gone could not be removed in time"
            );
        }
        let missed = Missed {
            gone: u64::try_from(gone.len()).unwrap_or(u64::MAX),
            failed: quick.failed + slow.failed,
        };
        if missed != Missed::default() {
            let (delivered, closed) =
                (quick.delivered + slow.delivered, quick.closed + slow.closed);
            tracing::warn!(
                push.delivered = delivered,
                push.closed = closed,
                push.gone = missed.gone,
                push.failed = missed.failed,
                "push"
            );
        }
        missed
    }

    /// Sends a frame to these connections until the time is up. Those without an answer by then
    /// count as failed.
    async fn send_within<'a>(
        &self,
        limit: Duration,
        audience: &[&'a Connection],
        frame: &str,
        now: Timestamp,
    ) -> Tally<'a> {
        let deadline = Instant::now() + limit;
        let mut tally = Tally::default();
        let mut waiting = audience.iter().copied();
        let deliver = |connection| self.deliver_one(connection, frame, now);
        let mut running: FuturesUnordered<_> =
            waiting.by_ref().take(AT_ONCE).map(deliver).collect();
        let mut open: Vec<&Connection> = audience.to_vec();
        while let Ok(Some((connection, delivery))) = timeout_at(deadline, running.next()).await {
            if delivery == Delivery::Late {
                self.slow.note(connection, now);
            } else {
                self.slow.forget(connection);
            }
            tally.count(connection, delivery);
            open.retain(|other| other.id != connection.id);
            running.extend(waiting.next().map(deliver));
        }
        let started = audience.len() - waiting.len();
        for connection in open {
            tally.count(connection, Delivery::Late);
            // One that was not tried may be quick.
            if audience.iter().take(started).any(|tried| tried.id == connection.id) {
                self.slow.note(connection, now);
            }
        }
        tally
    }

    /// Closes these connections at the gateway. Their rows are removed already.
    pub async fn hang_up(&self, connections: &[Connection]) {
        stream::iter(connections)
            .for_each_concurrent(AT_ONCE, |connection| self.close_unknown(&connection.id))
            .await;
    }

    /// Closes a connection by its id alone.
    pub async fn close_unknown(&self, id: &str) {
        if let Err(error) = self.gateway.delete_connection().connection_id(id).send().await
            && !error.as_service_error().is_some_and(DeleteConnectionError::is_gone_exception)
        {
            tracing::warn!(error.kind = "close", "a connection could not be closed");
        }
    }

    /// Closes a connection and forgets it.
    pub async fn close(&self, connection: &Connection) {
        // If it cannot be closed now, no push finds it any more, and the gateway ends it after two
        // hours.
        self.close_unknown(&connection.id).await;
        if let Err(error) = self.store.remove_connection(connection).await {
            tracing::warn!(error.kind = "forget", "a connection could not be forgotten: {error}");
        }
    }

    /// Whether a connection is open, as the gateway knows it; `None` if the gateway does not
    /// say. One that is gone leaves its room.
    pub async fn is_open(&self, connection: &Connection, now: Timestamp) -> Option<bool> {
        if connection.has_expired(now) {
            return Some(false);
        }
        match self.gateway.get_connection().connection_id(&connection.id).send().await {
            Ok(_) => Some(true),
            Err(error)
                if error.as_service_error().is_some_and(GetConnectionError::is_gone_exception) =>
            {
                self.forget_gone(connection, now).await;
                Some(false)
            }
            Err(_) => None,
        }
    }

    async fn forget_gone(&self, connection: &Connection, now: Timestamp) {
        if let Err(error) = self.store.remove_gone(connection, now).await {
            tracing::warn!(
                error.kind = "forget",
                "a connection that is gone could not be forgotten: {error}"
            );
        }
    }

    async fn deliver_one<'a>(
        &self,
        connection: &'a Connection,
        frame: &str,
        now: Timestamp,
    ) -> (&'a Connection, Delivery) {
        (connection, self.deliver(connection, frame, now).await)
    }

    async fn deliver(&self, connection: &Connection, frame: &str, now: Timestamp) -> Delivery {
        if connection.has_expired(now) {
            self.close(connection).await;
            return Delivery::Closed;
        }
        let request =
            self.gateway.post_to_connection().connection_id(&connection.id).data(Blob::new(frame));
        match request.send().await {
            Ok(_) => Delivery::Delivered,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PostToConnectionError::is_gone_exception) =>
            {
                Delivery::Gone
            }
            Err(SdkError::TimeoutError(_)) => Delivery::Late,
            Err(_) => Delivery::Failed,
        }
    }
}
