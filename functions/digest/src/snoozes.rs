//! Ends the snoozes whose schedule was lost.

use app::{App, Error};

/// Opens every channel whose snooze is overdue. Returns how many calls failed.
pub(crate) async fn end_overdue(app: &App) -> u64 {
    let ended = async {
        let mut failed = 0;
        for (channel, until) in app.store.overdue_snoozes(app.clock.now()).await? {
            if let Err(error) = app.end_snooze(&channel, until).await {
                tracing::error!(error.kind = "snooze", "a snooze could not be ended: {error}");
                failed += 1;
            }
        }
        Ok::<_, Error>(failed)
    };
    ended.await.unwrap_or_else(|error| {
        tracing::error!(error.kind = "snooze", "overdue snoozes could not be read: {error}");
        1
    })
}
