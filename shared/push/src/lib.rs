//! Events to open connections, through API Gateway's management API.
//!
//! A push is a hint: the log is the truth, and a client that missed one looks there. So a push never fails the request that
//! caused it, is tried once, and has a time limit. Only one thing is done about failures: a connection that the gateway says
//! is gone is taken out of its room.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use aws_sdk_apigatewaymanagement::operation::get_connection::GetConnectionError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use domain::Timestamp;
use futures_util::{StreamExt, stream};
use store::{Connection, Store};

/// Connections served at the same time.
const AT_ONCE: usize = 32;
/// Longest wait for all pushes of one event. The sender waits for it, so that events of one sender arrive in order.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Pushes to connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Push {
    gateway: Client,
    store: Store,
}

/// To how many connections a frame did not get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Those that were gone. They are forgotten.
    pub gone: u64,
    /// Those of which nothing is known.
    pub failed: u64,
}

/// What became of a push to one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    Delivered,
    /// The token behind the connection has expired: it was closed instead.
    Closed,
    Gone,
    Failed,
}

impl Push {
    /// Pushes through this management API, and keeps rooms clean in this store.
    pub fn new(gateway: Client, store: Store) -> Self {
        Self { gateway, store }
    }

    /// Connects to the gateway ahead of the first push, by asking for a connection that is never there.
    pub async fn connect(&self) {
        let _ = self.gateway.get_connection().connection_id("none=").send().await;
    }

    /// Sends one frame to all of these connections, the same to each, and says to how many it did not get.
    pub async fn tell(&self, audience: &[Connection], frame: &str, now: Timestamp) -> Missed {
        let deliveries: Vec<_> = audience.iter().map(|connection| self.deliver(connection, frame, now)).collect();
        let deliveries = stream::iter(deliveries).buffer_unordered(AT_ONCE);
        let all = deliveries.fold([0_u64; 4], |mut counts, delivery| async move {
            if let Some(count) = counts.get_mut(delivery as usize) {
                *count += 1;
            }
            counts
        });
        match tokio::time::timeout(TIME_LIMIT, all).await {
            Ok([_, _, 0, 0]) => Missed::default(),
            Ok([delivered, closed, gone, failed]) => {
                tracing::warn!(push.delivered = delivered, push.closed = closed, push.gone = gone, push.failed = failed, "push");
                Missed { gone, failed }
            }
            Err(_) => {
                tracing::warn!(push.connections = audience.len(), "pushing took too long");
                Missed { gone: 0, failed: u64::try_from(audience.len()).unwrap_or(u64::MAX) }
            }
        }
    }

    /// Closes a connection of which nothing is known.
    pub async fn close_unknown(&self, id: &str) {
        if let Err(error) = self.gateway.delete_connection().connection_id(id).send().await
            && !error.as_service_error().is_some_and(DeleteConnectionError::is_gone_exception)
        {
            tracing::warn!(error.kind = "close", "a connection could not be closed");
        }
    }

    /// Closes a connection and forgets it.
    pub async fn close(&self, connection: &Connection) {
        // If it cannot be closed now, nothing finds it any more, and the gateway ends it in its time.
        self.close_unknown(&connection.id).await;
        if let Err(error) = self.store.remove_connection(connection).await {
            tracing::warn!(error.kind = "forget", "a connection could not be forgotten: {error}");
        }
    }

    /// Whether a connection is open, as the gateway knows it; nothing where the gateway does not say. One that is gone leaves its
    /// room.
    pub async fn is_open(&self, connection: &Connection, now: Timestamp) -> Option<bool> {
        if connection.has_expired(now) {
            return Some(false);
        }
        match self.gateway.get_connection().connection_id(&connection.id).send().await {
            Ok(_) => Some(true),
            Err(error) if error.as_service_error().is_some_and(GetConnectionError::is_gone_exception) => {
                self.forget_gone(connection, now).await;
                Some(false)
            }
            Err(_) => None,
        }
    }

    async fn forget_gone(&self, connection: &Connection, now: Timestamp) {
        if let Err(error) = self.store.remove_gone(connection, now).await {
            tracing::warn!(error.kind = "forget", "a connection that is gone could not be forgotten: {error}");
        }
    }

    async fn deliver(&self, connection: &Connection, frame: &str, now: Timestamp) -> Delivery {
        if connection.has_expired(now) {
            self.close(connection).await;
            return Delivery::Closed;
        }
        let request = self.gateway.post_to_connection().connection_id(&connection.id).data(Blob::new(frame));
        match request.send().await {
            Ok(_) => Delivery::Delivered,
            Err(error) if error.as_service_error().is_some_and(PostToConnectionError::is_gone_exception) => {
                self.forget_gone(connection, now).await;
                Delivery::Gone
            }
            Err(_) => Delivery::Failed,
        }
    }
}
