//! Who is present: who has an open connection whose page is not hidden.
//!
//! The rows say which connections there were and which pages are hidden. The gateway says which
//! connections are still open: rows of closed ones may remain.

use std::time::Duration;

use domain::Principal;
use futures_util::stream::{self, StreamExt};
use store::Connection;
use tokio::time::{sleep, timeout};

use crate::Error;
use crate::app::App;

/// Connections that the gateway is asked about concurrently.
const AT_ONCE: usize = 8;
/// Most connections that it is asked about: the newest.
const MAX_ASKED: usize = 100;
/// Attempts per connection while the gateway does not answer.
const ATTEMPTS: u32 = 3;
/// The pause before the second attempt; the next one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest time for all questions together.
const TIME_LIMIT: Duration = Duration::from_secs(5);

impl App {
    /// Whether a person has a present connection. Fails if the gateway does not say.
    pub async fn is_present(&self, person: &Principal) -> Result<bool, Error> {
        let connections = self.store.connections_of(person, self.clock.now()).await?;
        self.any_present(&connections).await
    }

    /// Whether any admin has a present connection. Fails if the gateway does not say.
    pub async fn is_staff_present(&self) -> Result<bool, Error> {
        let connections = self.store.connections_of_staff(self.clock.now()).await?;
        self.any_present(&connections).await
    }

    /// Whether one of these connections is present. Fails if the gateway does not say.
    pub async fn any_present(&self, connections: &[Connection]) -> Result<bool, Error> {
        let mut present: Vec<_> =
            connections.iter().filter(|connection| !connection.is_away).collect();
        present.sort_by_key(|connection| std::cmp::Reverse(connection.connected_at));
        let mut is_unknown = present.len() > MAX_ASKED;
        present.truncate(MAX_ASKED);
        let questions: Vec<_> =
            present.into_iter().map(|connection| self.is_open(connection)).collect();
        let mut answers = stream::iter(questions).buffer_unordered(AT_ONCE);
        let any_open = async {
            while let Some(answer) = answers.next().await {
                match answer {
                    Some(true) => return true,
                    Some(false) => {}
                    None => is_unknown = true,
                }
            }
            false
        };
        match timeout(TIME_LIMIT, any_open).await {
            Ok(true) => Ok(true),
            Ok(false) if !is_unknown => Ok(false),
            _ => Err("the gateway does not say who is present".into()),
        }
    }

    async fn is_open(&self, connection: &Connection) -> Option<bool> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            let answer = self.push.is_open(connection, self.clock.now()).await;
            if answer.is_some() {
                return answer;
            }
            sleep(pause).await;
            pause *= 2;
        }
        self.push.is_open(connection, self.clock.now()).await
    }
}
