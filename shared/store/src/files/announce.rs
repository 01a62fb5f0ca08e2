//! Announces a file, and limits how many a person may announce.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ChannelHash, File, FilesLimit, Principal, Side, Timestamp};
use serde::Deserialize;

use super::row::to_item;
use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, number};
use crate::table::keys;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::{self, Outcome};

/// The item of a customer or guest, as far as announcing a file needs it.
#[derive(Default, Deserialize)]
struct Sender {
    /// When they announced a file, within the last hour.
    #[serde(default)]
    files: Vec<Timestamp>,
}

impl Store {
    /// Stores a new file of the channel of `hash`. Its id was drawn for it. Files of customers and
    /// guests count towards their limit.
    pub async fn announce_file(
        &self,
        hash: &ChannelHash,
        caller: &Principal,
        file: &File,
        limit: FilesLimit,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut tries = Tries::start();
        loop {
            let put = write::put_new(&self.layout().chat_table, to_item(file)?)?;
            let mut actions = vec![put];
            if caller.side() == Side::Member {
                let person = keys::person(caller.id());
                let (_, sender) = tokio::try_join!(self.channel(hash, caller), self.get(&person))?;
                let before: Sender = sender.map(item::read).transpose()?.unwrap_or_default();
                let update = count(&before.files, &limit.add(&before.files, now)?);
                actions.push(write::update(&self.layout().chat_table, &person, update)?);
            } else {
                self.channel(hash, caller).await?;
            }
            match self.transact(actions).await {
                Ok(Outcome::Committed) => return Ok(()),
                // An attempt whose response was lost has stored it.
                Ok(Outcome::Refused(failed)) if failed.first().is_some_and(Option::is_some) => {
                    return Ok(());
                }
                Ok(Outcome::Refused(_)) => tries.again().await?,
                // It may have stored the file, and may have used up the limit by that.
                Err(failure) => {
                    tries.again_after(failure).await?;
                    if self.has_file(&file.attachment.id).await? {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// Replaces the times of a person's files, unless they changed.
fn count(before: &[Timestamp], recent: &[Timestamp]) -> Expression {
    let list = |times: &[Timestamp]| {
        AttributeValue::L(times.iter().map(|at| number(at.millis())).collect())
    };
    let mut update = Expression::default();
    update.set(&["files"], list(recent));
    update.only_if_is(&["files"], (!before.is_empty()).then(|| list(before)));
    update
}
