//! Customers who wait for an answer that they have not seen.

use std::collections::BTreeSet;

use app::Error;
use domain::{ActorId, Addressee, Channel, Side};
use futures_util::{StreamExt, stream};
use mail::Delivery;
use store::WaitingCursor;
use templates::Sender;

use crate::{Run, Served, Tally, Waiting};

/// Channels of which the index is asked at a time.
const PAGE: usize = 100;
/// People served at the same time.
const AT_ONCE: usize = 4;

impl Run {
    /// Serves every customer who waits.
    pub(crate) async fn customers(&self, tally: &mut Tally) -> Result<(), Error> {
        let store = &self.mailer.app.store;
        let mut met: BTreeSet<ActorId> = BTreeSet::new();
        let mut cursor = Some(WaitingCursor::default());
        while let Some(here) = cursor {
            let (keys, next) = store.waiting(here, PAGE).await?;
            let mut people = Vec::new();
            for channel in store.channels(&keys).await? {
                if channel.waiting_since.is_some() && met.insert(channel.member_id.clone()) {
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
            // At least one is left where there is more to read.
            tally.summary.left += u64::from(next.is_some() && self.is_over());
            cursor = next.filter(|_| !self.is_over());
        }
        Ok(())
    }

    /// Serves the customer of a channel: one mail about all their channels that wait.
    pub(crate) async fn serve_customer(&self, met: &Channel) -> Result<Served, Error> {
        let (app, directory) = (&self.mailer.app, &self.mailer.directory);
        let id = met.member_id.clone();
        let person = directory.current(&id, app.clock.now()).await?;
        let recipient = self.mailer.recipient(&person);
        if recipient.is_none() && directory.may_learn_of(&person) {
            return Ok(Served::Left);
        }
        let as_of = app.clock.now();
        // The index by member may be a moment behind: the channel that was met belongs in any case.
        let mut keys: BTreeSet<_> = app.store.own_channel_keys(&id).await?.into_iter().collect();
        keys.insert(met.key());
        let mut channels = app.store.channels(&keys).await?;
        channels.retain(|channel| channel.member_id == id && channel.waiting_since.is_some());
        let recipient = match recipient {
            Some(recipient) if self.mailer.may_mail(&recipient).await? => recipient,
            _ => return self.give_up(&channels).await.map(|()| Served::Unwanted),
        };
        let admins =
            directory.people(channels.iter().map(|channel| &channel.admin_id), as_of).await?;
        let (mut news, mut told) = (Vec::new(), Vec::new());
        for channel in channels {
            let Some(addressee) = Addressee::of(&channel, Side::Member, &app.config.default_admin)
            else {
                continue;
            };
            let Some(newest) = app.store.news_for(&channel, &addressee).await? else {
                app.store.stop_waiting(&channel).await?;
                continue;
            };
            let called =
                admins.get(&channel.admin_id).and_then(|admin| admin.profile().full_name());
            news.push(self.news(&channel, &addressee, &newest, Sender::Staff, called.as_deref()));
            told.push((addressee, channel, newest.seq));
        }
        if told.is_empty() {
            return Ok(Served::Nothing);
        }
        let unread = news.iter().map(|news| news.conversation.unread).sum();
        let mail = self
            .compose(&recipient, &person, unread, news, &app.config.mail.storefront_url, as_of)
            .await?;
        let is_due = async || {
            let now = app
                .store
                .channels(&told.iter().map(|(_, channel, _)| channel.key()).collect())
                .await?;
            let news = |(addressee, channel, seq): &(Addressee, Channel, u64)| {
                now.iter().any(|now| now.hash == channel.hash && now.known_to(addressee) < *seq)
            };
            Ok(told.iter().any(news))
        };
        let remember = async || {
            for (addressee, channel, _) in &told {
                let episode = channel.episode(addressee);
                app.store
                    .tell(&channel.key(), addressee, episode, channel.last_seq, app.clock.now())
                    .await?;
            }
            Ok(())
        };
        let delivery = self.deliver(&mail, is_due, remember).await?;
        if delivery == Delivery::Failed {
            // Tomorrow it would fail as well: only something new is worth another try.
            self.give_up(&told.into_iter().map(|(_, channel, _)| channel).collect::<Vec<_>>())
                .await?;
        }
        Ok(Served::Mail(delivery))
    }

    /// No mail may go to whose channels these are: they wait for none.
    async fn give_up(&self, channels: &[Channel]) -> Result<(), Error> {
        for channel in channels {
            self.mailer.app.store.stop_waiting(channel).await?;
        }
        Ok(())
    }
}
