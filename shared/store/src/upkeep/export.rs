//! Export of everything stored about a person.

use domain::{ActorId, FileState, Rated, Reader, Side};
use serde_json::{Value, json};

use super::files::exported;
use super::mentions::mentions;
use crate::Store;
use crate::channel::head;
use crate::log::row::{LogRow, item_for_member};
use crate::table::error::Error;
use crate::table::item::{self, Item, text_of};
use crate::table::keys;

impl Store {
    /// Everything stored about a person. For a customer: profile, claimed guests, conversations and
    /// expiring items. For an admin: profile, every message and note they wrote, browsers with web
    /// push, and expiring items. Files come with where their bytes are in the bucket. The export
    /// leaves out what the person's side may not see: for a member, the staff's work.
    pub async fn export(&self, person: &ActorId, is_staff: bool) -> Result<Value, Error> {
        let profile =
            self.get(&keys::person(person)).await?.map(item::read::<Value>).transpose()?;
        let (mut guests, mut conversations, mut messages) = (Vec::new(), Vec::new(), Vec::new());
        let (mut files, mut push_subscriptions) = (Vec::new(), Vec::new());
        if is_staff {
            (messages, files) = self.messages_and_files_by(person).await?;
            push_subscriptions = self.export_push_subscriptions(person).await?;
        } else {
            let channels = self.own_channels(person).await?;
            for guest in self.guests_of(person).await? {
                guests.extend(
                    self.get(&keys::guest(&guest)).await?.map(item::read::<Value>).transpose()?,
                );
            }
            for channel in &channels {
                let items = self.partition(&keys::channel(&channel.key())).await?;
                // Their own, and those that a message shows them.
                files.extend(exported(items.clone(), |file| {
                    file.owner == Reader::Member || matches!(file.state, FileState::Taken(_))
                })?);
                let ratings = ratings(&items);
                let (log, mut about): (Vec<_>, Vec<_>) =
                    items.into_iter().partition(|item| may_see(item, Side::Member));
                about.retain(keys::is_of_member);
                let log = log.into_iter().map(item_for_member).collect::<Result<Vec<_>, _>>()?;
                about.push(head::item_for_member(channel, self.layout().activity_shards)?);
                conversations.push(json!({
                    "channel_hash": channel.hash.as_str(),
                    "about": all_json(about)?,
                    "log": all_json(log)?,
                    "ratings": ratings,
                }));
            }
        }
        let mut expiring = Vec::new();
        self.scan(&self.layout().ephemeral_table, async |items| {
            let theirs = |item: &Item| mentions(item, person.as_str());
            expiring.extend(all_json(items.into_iter().filter(theirs))?);
            Ok(())
        })
        .await?;
        Ok(json!({
            "id": person.as_str(),
            "profile": profile,
            "guests": guests,
            "conversations": conversations,
            "messages": messages,
            "files": files,
            "push_subscriptions": push_subscriptions,
            "expiring": expiring,
        }))
    }

    /// Every message and note that an admin wrote, and every file, in any conversation.
    async fn messages_and_files_by(
        &self,
        admin: &ActorId,
    ) -> Result<(Vec<Value>, Vec<Value>), Error> {
        let is_by_admin = |item: &Item| {
            let author = text_of(item, "sender_id").or_else(|| text_of(item, "author_id"));
            author == Some(admin.as_str()) && may_see(item, Side::Staff)
        };
        let (mut messages, mut files) = (Vec::new(), Vec::new());
        let owner = Reader::Admin(admin.clone());
        self.scan(&self.layout().chat_table, async |items| {
            files.extend(exported(items.clone(), |file| file.owner == owner)?);
            messages.extend(all_json(items.into_iter().filter(|item| is_by_admin(item)))?);
            Ok(())
        })
        .await?;
        Ok((messages, files))
    }
}

fn all_json(items: impl IntoIterator<Item = Item>) -> Result<Vec<Value>, Error> {
    items.into_iter().map(item::read::<Value>).collect()
}

/// The ratings that the member gave, also those that they changed later. Their entries are in the
/// staff's log, whose sequence the member may not see.
fn ratings(items: &[Item]) -> Vec<Value> {
    let rows = items.iter().filter(|item| keys::is_of_staff(item)).cloned().map(LogRow::read);
    rows.filter_map(|row| {
        let Rated { rating, comment } = row.rated()?;
        let (score, case) = (rating.score.get(), rating.case);
        Some(json!({
            "score": score,
            "comment": comment,
            "case": case,
            "given_at": rating.updated_at.to_string(),
        }))
    })
    .collect()
}

/// Whether an item is an entry of a log that people of this side may see.
fn may_see(item: &Item, side: Side) -> bool {
    keys::channel_of_entry(item).is_some()
        && LogRow::read(item.clone()).facts().audience.includes(side)
}
