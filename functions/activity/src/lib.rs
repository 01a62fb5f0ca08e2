//! Follows the chat table's stream: what every write of a head adds to the shop's totals, and under which words its channel
//! is found.
//!
//! The stream delivers each change at least once, in order for one channel. Everything here may be done again without harm,
//! so an error simply asks for the batch again. A record that cannot be read is logged and passed over: it would stop all
//! that come after it, and the channel's next change heals what it held.

use aws_lambda_events::dynamodb::{Event, EventRecord};
use domain::Channel;
use futures_util::{StreamExt, TryStreamExt, stream};
use runtime::{App, Error};
use store::head_of_item;

/// Channels whose words are written at the same time.
const WORDS_AT_ONCE: usize = 8;

/// Handles one batch of the stream.
pub async fn follow(app: App, batch: Event) -> Result<(), Error> {
    let heads: Vec<HeadChange> = batch.records.into_iter().filter_map(head_change).collect();
    let renamed: Vec<Channel> = heads.iter().filter(|head| head.has_new_words).map(|head| head.after.clone()).collect();
    let app = &app;
    let written = renamed.into_iter().map(async |channel| app.store.put_words(&channel).await);
    stream::iter(written).buffer_unordered(WORDS_AT_ONCE).try_collect::<()>().await?;
    app.store.fold(heads.into_iter().map(|head| head.after).collect()).await?;
    Ok(())
}

/// A write of a channel's head.
struct HeadChange {
    after: Channel,
    /// The channel is new, or has become somebody else's.
    has_new_words: bool,
}

/// What a record says of a head; nothing for the other items of the table.
fn head_change(record: EventRecord) -> Option<HeadChange> {
    let sequence_number = record.change.sequence_number.clone();
    match (head_of_item(record.change.new_image.into()), head_of_item(record.change.old_image.into())) {
        (Ok(after), Ok(before)) => after.map(|after| {
            let has_new_words = before.is_none_or(|before| before.member_id != after.member_id);
            HeadChange { after, has_new_words }
        }),
        (Err(error), _) | (_, Err(error)) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(stream.sequence_number = sequence_number, error.cause = cause, "a stream record cannot be read: passed over");
            None
        }
    }
}
