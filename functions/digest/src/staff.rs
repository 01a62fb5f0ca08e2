//! Digests to admins with unread messages.

use app::Error;
use domain::{ActorId, Addressee};
use templates::Sender;

use crate::{MAX_LISTED, Run, Served, Tally, Waiting};

impl Run {
    /// Serves every known admin.
    pub(crate) async fn staff(&self, tally: &mut Tally) -> Result<(), Error> {
        let store = &self.mailer.app.store;
        let staff = store.staff().await?;
        for (id, unread) in store.unread_of_shop_for(&staff).await? {
            if unread > 0 {
                let waiting = Waiting::Admin(id, unread);
                tally.count(self.serve(&waiting).await, waiting);
            }
        }
        Ok(())
    }

    pub(crate) async fn serve_admin(&self, id: &ActorId, unread: u64) -> Result<Served, Error> {
        let (app, directory) = (&self.mailer.app, &self.mailer.directory);
        let person = directory.person(id, app.clock.now()).await?;
        if !person.digest {
            return Ok(Served::UpToDate);
        }
        let (addressee, as_of) = (Addressee::Admin(id.clone()), app.clock.now());
        let unread_channels =
            app.store.recent_unread(&addressee, person.digested_at, MAX_LISTED).await?;
        // The last digest reported everything that is unread.
        if unread_channels.is_empty() {
            return Ok(Served::UpToDate);
        }
        let person = directory.refreshed(id, as_of).await?;
        let Some(recipient) = self.mailer.recipient(&person) else {
            return Ok(if directory.is_pending(&person) { Served::Left } else { Served::Unwanted });
        };
        let members = unread_channels.iter().map(|(channel, _)| &channel.member_id);
        let people = directory.people(members, as_of).await?;
        let entries = unread_channels.iter().map(|(channel, newest)| {
            let name =
                people.get(&channel.member_id).and_then(|person| person.profile().full_name());
            let is_guest = channel.member_id.is_guest();
            let sender = |name| if is_guest { Sender::Guest(name) } else { Sender::Customer(name) };
            self.entry(channel, &addressee, newest, sender, name.as_deref())
        });
        let entries: Vec<_> = entries.collect();
        let chat_url = match unread_channels.as_slice() {
            [(channel, _)] => &app.config.mail.conversation_url(&channel.hash),
            _ => &app.config.mail.admin_url,
        };
        let mail = self.compose(&recipient, &person, unread, entries, chat_url, as_of).await?;
        Ok(Served::Mail(self.deliver(&mail, async || Ok(true), async || Ok(())).await?))
    }
}
