//! Admins for whom messages of customers and guests are unread.

use app::Error;
use domain::{ActorId, Addressee};
use templates::Sender;

use crate::{MOST_NAMED, Run, Served, Tally, Waiting};

impl Run {
    /// Serves every admin who is known.
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
            return Ok(Served::Nothing);
        }
        let (addressee, as_of) = (Addressee::Admin(id.clone()), app.clock.now());
        let news = app.store.recent_unread(&addressee, person.digested_at, MOST_NAMED).await?;
        // What is unread is what they were told of the last time.
        if news.is_empty() {
            return Ok(Served::Nothing);
        }
        let person = directory.current(id, as_of).await?;
        let Some(recipient) = self.mailer.recipient(&person) else {
            return Ok(if directory.may_learn_of(&person) {
                Served::Left
            } else {
                Served::Unwanted
            });
        };
        let people =
            directory.people(news.iter().map(|(channel, _)| &channel.member_id), as_of).await?;
        let news = news.iter().map(|(channel, newest)| {
            let called =
                people.get(&channel.member_id).and_then(|person| person.profile().full_name());
            let is_guest = channel.member_id.is_guest();
            let sender = |name| if is_guest { Sender::Guest(name) } else { Sender::Customer(name) };
            self.news(channel, &addressee, newest, sender, called.as_deref())
        });
        let mail = self
            .compose(&recipient, &person, unread, news.collect(), &app.config.mail.admin_url, as_of)
            .await?;
        Ok(Served::Mail(self.deliver(&mail, async || Ok(true), async || Ok(())).await?))
    }
}
