//! Ends the snoozes whose schedule was lost, and closes the channels that are idle for as long as
//! the settings say.

use app::{App, Error};
use tokio::time::Instant;

const DAY_MS: i64 = 86_400_000;

/// Opens every channel whose snooze is overdue. Returns how many calls failed, or were left when
/// the time was over.
pub(crate) async fn end_overdue_snoozes(app: &App, ends: Instant) -> u64 {
    let ended = async {
        let mut failed = 0;
        for (channel, until) in app.store.overdue_snoozes(app.clock.now()).await? {
            if Instant::now() >= ends {
                failed += 1;
            } else if let Err(error) = app.end_snooze(&channel, until).await {
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

/// Closes every idle channel, if the shop's settings say so. Returns how many calls failed, or were
/// left when the time was over.
pub(crate) async fn close_idle(app: &App, ends: Instant) -> u64 {
    let closed = async {
        let (settings, now) = (app.store.stored_settings().await?.settings, app.clock.now());
        let Some(days) = settings.close_after_days.and_then(|days| i64::try_from(days).ok()) else {
            return Ok(0);
        };
        let since = now.plus_millis(days.saturating_mul(-DAY_MS));
        let mut failed = 0;
        for channel in app.store.idle_channels(since).await? {
            if Instant::now() >= ends {
                failed += 1;
            } else if let Err(error) = app.close_idle(&channel, since).await {
                tracing::error!(error.kind = "idle", "a channel could not be closed: {error}");
                failed += 1;
            }
        }
        Ok::<_, Error>(failed)
    };
    closed.await.unwrap_or_else(|error| {
        tracing::error!(error.kind = "idle", "idle channels could not be read: {error}");
        1
    })
}
