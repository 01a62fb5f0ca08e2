//! `$disconnect`: the connection is forgotten. The gateway does not promise to tell, so its rows
//! expire by themselves too.

use http::AppState;

use crate::Answer;

/// Forgets a connection.
pub(crate) async fn disconnect(app: &AppState, id: &str) -> Answer {
    let forgotten = async {
        if let Some(connection) = app.store.connection(id, app.clock.now()).await? {
            app.store.remove_connection(&connection).await?;
        }
        Ok::<_, store::Error>(())
    };
    if let Err(error) = forgotten.await {
        tracing::warn!(error.kind = "disconnect", "a connection could not be forgotten: {error}");
    }
    Answer::status(200)
}
