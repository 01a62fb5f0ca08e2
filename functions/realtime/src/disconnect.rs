//! `$disconnect`: removes the connection's rows. The gateway sends this event without a guarantee,
//! so the rows also expire.

use app::Cause;
use http::{AppState, Rest};

use crate::{Response, presence};

/// Removes a connection. A failure is logged: the rows expire.
pub(crate) async fn disconnect(app: &AppState, id: &str) -> (Response, Rest) {
    let removal = async {
        let now = app.clock.now();
        let Some(connection) = app.store.connection(id, now).await? else {
            return Ok(Rest::default());
        };
        let member = &connection.session.principal;
        let ((), staff) = tokio::try_join!(
            app.store.remove_connection(&connection),
            app.store.staff_for(member, now)
        )?;
        Ok::<_, store::Error>(presence(app, member, &staff, Cause::Departure))
    };
    let rest = removal.await.unwrap_or_else(|error| {
        tracing::warn!(error.kind = "disconnect", "a connection could not be removed: {error}");
        Rest::default()
    });
    (Response::status(200), rest)
}
