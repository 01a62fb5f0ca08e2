//! Digests to customers with unnotified messages.

use std::collections::BTreeSet;

use app::Error;
use domain::{ActorId, Addressee, Channel, Side};
use futures_util::{StreamExt, stream};
use mail::Delivery;
use store::{Unnotified, WaitingCursor};
use templates::Sender;

use crate::compose::Report;
use crate::{Run, Served, Tally, Waiting};

/// Channels of one page of the index.
const PAGE: usize = 100;
/// Customers served concurrently.
const AT_ONCE: usize = 4;

impl Run {
    /// Serves every customer who waits.
    pub(crate) async fn customers(&self, tally: &mut Tally) -> Result<(), Error> {
        let store = &self.mailer.app.store;
        let mut seen: BTreeSet<ActorId> = BTreeSet::new();
        let mut cursor = Some(WaitingCursor::default());
        while let Some(here) = cursor {
            let (keys, next) = store.waiting(here, PAGE).await?;
            let mut people = Vec::new();
            for channel in store.channels(&keys).await? {
                if channel.waiting_since.is_some() && seen.insert(channel.member_id.clone()) {
                    people.push(Waiting::Customer(Box::new(channel)));
                }
            }
            let served = people
                .into_iter()
                .map(|waiting| async move { (self.serve(&waiting).await, waiting) });
            let served: Vec<_> =
                stream::iter(served.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).collect().await;
            for (served, waiting) in served {
                tally.count(served, waiting);
            }
            // The pages that are not read hold at least one person.
            tally.summary.left += u64::from(next.is_some() && self.is_over());
            cursor = next.filter(|_| !self.is_over());
        }
        Ok(())
    }

    /// Serves the customer of a channel: one mail about all their waiting channels.
    pub(crate) async fn serve_customer(&self, found: &Channel) -> Result<Served, Error> {
        let (app, directory) = (&self.mailer.app, &self.mailer.directory);
        let id = found.member_id.clone();
        let person = directory.refreshed(&id, app.clock.now()).await?;
        let recipient = self.mailer.recipient(&person);
        if recipient.is_none() && directory.is_pending(&person) {
            return Ok(Served::Left);
        }
        let as_of = app.clock.now();
        // The index by member may lag: it may lack the channel that was found.
        let mut keys: BTreeSet<_> = app.store.own_channel_keys(&id).await?.into_iter().collect();
        keys.insert(found.key());
        let mut channels = app.store.channels(&keys).await?;
        channels.retain(|channel| channel.member_id == id && channel.waiting_since.is_some());
        let recipient = match recipient {
            Some(recipient) if self.mailer.may_mail(&recipient).await? => recipient,
            _ => return self.give_up(&channels).await.map(|()| Served::Unwanted),
        };
        let admins =
            directory.people(channels.iter().map(|channel| &channel.admin_id), as_of).await?;
        let (mut entries, mut reported) = (Vec::new(), Vec::new());
        for channel in channels {
            let addressee = Addressee::of(&channel, Side::Member, &app.config.default_admin);
            let Some(Unnotified { message, .. }) =
                app.store.newest_unnotified(&channel, &addressee).await?
            else {
                app.store.stop_waiting(&channel).await?;
                continue;
            };
            let admin = admins.get(&channel.admin_id);
            let name = admin.and_then(|admin| admin.profile().staff_name(Side::Member));
            entries.push(self.entry(
                &channel,
                &addressee,
                &message,
                Sender::Staff,
                name.as_deref(),
            ));
            reported.push((addressee, channel, message.seq));
        }
        if reported.is_empty() {
            return Ok(Served::UpToDate);
        }
        let unread = entries.iter().map(|entry| entry.conversation.unread).sum();
        let (report, url) = (Report { unread, entries, more: 0 }, &app.config.mail.storefront_url);
        let mail = self.compose(&recipient, &person, report, url, as_of).await?;
        let is_due = async || {
            let keys = reported.iter().map(|(_, channel, _)| channel.key()).collect();
            let now = app.store.channels(&keys).await?;
            let is_unnotified = |(addressee, channel, seq): &(Addressee, Channel, u64)| {
                now.iter().any(|now| now.hash == channel.hash && now.known_to(addressee) < *seq)
            };
            Ok(reported.iter().any(is_unnotified))
        };
        let record = async || {
            for (addressee, channel, _) in &reported {
                let (key, episode) = (channel.key(), channel.episode(addressee));
                app.store
                    .mark_notified(&key, addressee, episode, channel.last_seq, app.clock.now())
                    .await?;
            }
            Ok(())
        };
        let delivery = self.deliver(&mail, is_due, record).await?;
        if delivery == Delivery::Failed {
            // It would fail tomorrow as well: only a new message is worth another try.
            let channels: Vec<_> = reported.into_iter().map(|(_, channel, _)| channel).collect();
            self.give_up(&channels).await?;
        }
        Ok(Served::Mail(delivery))
    }

    /// Stops the waiting of a customer who gets no mail.
    async fn give_up(&self, channels: &[Channel]) -> Result<(), Error> {
        for channel in channels {
            self.mailer.app.store.stop_waiting(channel).await?;
        }
        Ok(())
    }
}
