//! Digests to admins: the conversations that are theirs and wait for an answer, the longest wait
//! first.

use std::collections::BTreeSet;

use app::Error;
use domain::{ActorId, Addressee, Channel, Side, Status};
use store::Unnotified;
use templates::Sender;

use crate::compose::Report;
use crate::{MAX_LISTED, Run, Served, Tally, Waiting};

impl Run {
    /// Serves every known admin. The conversations that wait are read once for all of them.
    pub(crate) async fn staff(&self, tally: &mut Tally) -> Result<(), Error> {
        let store = &self.mailer.app.store;
        let (staff, waiting) = tokio::try_join!(store.staff(), store.waiting_for_answer())?;
        for id in staff {
            let theirs = waiting.iter().filter(|channel| self.is_theirs(channel, &id));
            let theirs: Vec<_> = theirs.cloned().collect();
            if !theirs.is_empty() {
                let waiting = Waiting::Admin(id, theirs);
                tally.count(self.serve(&waiting).await, waiting);
            }
        }
        Ok(())
    }

    /// Serves an admin of whom these conversations were, the longest wait first.
    pub(crate) async fn serve_admin(
        &self,
        id: &ActorId,
        theirs: &[Channel],
    ) -> Result<Served, Error> {
        let (app, directory) = (&self.mailer.app, &self.mailer.directory);
        let as_of = app.clock.now();
        let person = directory.person(id, as_of).await?;
        if !person.digest {
            return Ok(Served::UpToDate);
        }
        // The last digest reported what is older, unless there is news.
        let addressee = Addressee::Admin(id.clone());
        let has_news = |channel: &&Channel| {
            channel.unread_by(&addressee) > 0 && channel.last_message_at > person.digested_at
        };
        let (mut unread, mut more, mut listed) = (0, 0, Vec::new());
        for channel in theirs.iter().filter(has_news) {
            if listed.len() == MAX_LISTED {
                unread += channel.unread_by(&addressee);
                more += 1;
                continue;
            }
            let newest = app.store.newest_unnotified(channel, &addressee).await?;
            let is_new = |newest: &Unnotified| Some(newest.message.created_at) > person.digested_at;
            if let Some(newest) = newest.filter(is_new) {
                unread += channel.unread_by(&addressee);
                listed.push((channel, newest.message));
            }
        }
        if listed.is_empty() {
            return Ok(Served::UpToDate);
        }
        let person = directory.refreshed(id, as_of).await?;
        let Some(recipient) = self.mailer.recipient(&person) else {
            return Ok(if directory.is_pending(&person) { Served::Left } else { Served::Unwanted });
        };
        let members = listed.iter().map(|(channel, _)| &channel.member_id);
        let people = directory.people(members, as_of).await?;
        let entries = listed.iter().map(|(channel, newest)| {
            let name =
                people.get(&channel.member_id).and_then(|person| person.profile().full_name());
            let is_guest = channel.member_id.is_guest();
            let sender = |name| if is_guest { Sender::Guest(name) } else { Sender::Customer(name) };
            self.entry(channel, &addressee, newest, sender, name.as_deref())
        });
        let entries: Vec<_> = entries.collect();
        let chat_url = match listed.as_slice() {
            [(channel, _)] => &app.config.mail.conversation_url(&channel.hash),
            _ => &app.config.mail.admin_url,
        };
        let report = Report { unread, entries, more };
        let mail = self.compose(&recipient, &person, report, chat_url, as_of).await?;
        let is_due = async || {
            let keys: BTreeSet<_> = listed.iter().map(|(channel, _)| channel.key()).collect();
            let now = app.store.channels(&keys).await?;
            Ok(now.iter().any(|now| self.is_theirs(now, id) && now.unread_by(&addressee) > 0))
        };
        Ok(Served::Mail(self.deliver(&mail, is_due, async || Ok(())).await?))
    }

    /// Whether an open conversation waits for this admin: its assignee; without one, the admin of
    /// the pair, and for the shop's default key every admin.
    fn is_theirs(&self, channel: &Channel, id: &ActorId) -> bool {
        let default_admin = &self.mailer.app.config.default_admin;
        channel.work.status == Status::Open
            && channel.unanswered_since.is_some()
            && match Addressee::of(channel, Side::Staff, default_admin) {
                Addressee::Admin(of) => of == *id,
                Addressee::Shop(_) => true,
                Addressee::Customer(_) | Addressee::Guest(_) => false,
            }
    }
}
