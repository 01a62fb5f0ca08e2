//! Follows the chat table's stream: which channels were written, so that the shop's totals and the search words follow.
//!
//! The stream delivers each change at least once. Everything here may be done again, late or in another order without harm, so
//! an error simply asks for the batch again.

use aws_lambda_events::dynamodb::Event;
use runtime::{App, Error};
use store::written_head;

/// Handles one batch of the stream.
pub async fn follow(app: App, batch: Event) -> Result<(), Error> {
    let written = batch.records.into_iter().filter_map(|record| written_head(&record.change.keys.into())).collect();
    app.store.fold(written).await?;
    Ok(())
}
