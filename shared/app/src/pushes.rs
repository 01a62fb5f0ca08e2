//! Pushes of what was committed.

use domain::{Entry, Principal, Reader, Roster, Side};
use push::Missed;
use store::{Connection, Done, ReadOutcome};
use wire::{Envelope, FileLinks, Known};

use crate::app::App;

impl App {
    /// Pushes new entries of the log, each to the sides that may see it, before their sender gets
    /// the response: so the changes of one sender arrive in order. A failed push changes nothing
    /// for the sender.
    pub async fn push_entries<S>(&self, done: &Done<S>, roster: &Roster) {
        let Done { channel, people, .. } = done;
        let links = self.file_links(done.entries.iter().filter_map(Entry::message)).await;
        let links = links.as_ref().map(|links| links as &dyn FileLinks);
        let (admin, customer) = (people.get(&channel.admin_id), people.get(&channel.member_id));
        let known = Known { channel, admin, customer, roster, links };
        for entry in &done.entries {
            self.push_entry(known, entry, &done.connections).await;
        }
    }

    async fn push_entry(&self, known: Known<'_>, entry: &Entry, connections: &[Connection]) {
        let frame = |side| Envelope::of(&known, entry, side).map(Envelope::into_frame);
        let (staff, member): (Vec<_>, Vec<_>) = connections
            .iter()
            .partition(|connection| connection.session.principal.side() == Side::Staff);
        // What both sides may see is the same for both.
        if entry.facts().audience.includes(Side::Member) {
            if let Some(frame) = frame(Side::Member).filter(|_| !connections.is_empty()) {
                self.push_to(connections.iter(), &frame).await;
            }
            return;
        }
        for (side, audience) in [(Side::Staff, staff), (Side::Member, member)] {
            if audience.is_empty() {
                continue;
            }
            if let Some(frame) = frame(side) {
                self.push_to(audience.into_iter(), &frame).await;
            }
        }
    }

    /// Pushes a read marker that moved, or, to staff only, that the channel counts otherwise.
    pub async fn push_read(&self, read: &ReadOutcome, reader: &Principal) {
        let channel = match read {
            ReadOutcome::Unmoved(_) => return,
            ReadOutcome::Moved(channel) | ReadOutcome::Counted(channel) => channel,
        };
        let mut audience = self.store.audience_if_known(channel, self.clock.now()).await;
        if matches!(read, ReadOutcome::Counted(_)) {
            audience.retain(|connection| connection.session.principal.side() == Side::Staff);
        }
        let envelope = Envelope::of_read(channel, &Reader::of(reader));
        if let Some(envelope) = envelope.filter(|_| !audience.is_empty()) {
            self.push_to(audience.iter(), &envelope.into_frame()).await;
        }
    }

    /// Pushes a frame to all of these connections.
    #[tracing::instrument(target = "calls", name = "push", skip_all)]
    pub async fn push_to(&self, audience: impl Iterator<Item = &Connection>, frame: &str) {
        let Missed { gone, failed } = self.push.send(audience, frame, self.clock.now()).await;
        self.count(&[("PushesGone", gone), ("PushesFailed", failed)]);
    }

    /// Closes every connection of a person whose credentials are no longer valid.
    pub async fn close_connections_of(&self, person: &Principal) {
        match self.store.connections_of(person, self.clock.now()).await {
            Ok(connections) => {
                for connection in &connections {
                    self.push.close(connection).await;
                }
            }
            Err(error) => {
                tracing::warn!(error.kind = "audience", "connections could not be closed: {error}");
            }
        }
    }
}
