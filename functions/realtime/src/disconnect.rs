//! `$disconnect`: removes the connection's rows. The gateway sends this event without a guarantee,
//! so the rows also expire.

use http::AppState;

use crate::Response;

/// Removes a connection. A failure is logged: the rows expire.
pub(crate) async fn disconnect(app: &AppState, id: &str) -> Response {
    let removal = async {
        if let Some(connection) = app.store.connection(id, app.clock.now()).await? {
            app.store.remove_connection(&connection).await?;
        }
        Ok::<_, store::Error>(())
    };
    if let Err(error) = removal.await {
        tracing::warn!(error.kind = "disconnect", "a connection could not be removed: {error}");
    }
    Response::status(200)
}
