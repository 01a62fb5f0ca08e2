//! Follows the chat table's stream: what every write of a head adds to the shop's totals, and under which words its channel
//! is found.
//!
//! The stream delivers each change at least once, in order for one channel. Everything here may be done again without harm,
//! so an error simply asks for the batch again. A record that cannot be read is logged and passed over: it would stop all
//! that come after it, and the channel's next change heals what it held.

use aws_lambda_events::dynamodb::{Event, EventRecord};
use domain::Channel;
use runtime::{App, Error};
use store::head_of_item;

/// Handles one batch of the stream.
pub async fn follow(app: App, batch: Event) -> Result<(), Error> {
    let heads: Vec<Channel> = batch.records.into_iter().filter_map(written_head).collect();
    app.store.fold(heads).await?;
    Ok(())
}

/// The head as a record says it was written; nothing for the other items of the table.
fn written_head(record: EventRecord) -> Option<Channel> {
    let sequence_number = record.change.sequence_number;
    head_of_item(record.change.new_image.into()).unwrap_or_else(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(stream.sequence_number = sequence_number, error.cause = cause, "a stream record cannot be read: passed over");
        None
    })
}
