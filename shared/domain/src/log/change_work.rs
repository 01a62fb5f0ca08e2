//! Changes the staff's work on a conversation: its status, its assignee, its labels. Each field
//! that changes is one entry of the staff's log, in this order.

use std::collections::BTreeSet;

use crate::channel::head::Channel;
use crate::channel::status::Status;
use crate::ids::{ActorId, EventId};
use crate::log::decision::{Append, Decision, Guard};
use crate::log::entry::What;
use crate::people::principal::{Principal, Side};
use crate::refusal::{Refusal, Validation};
use crate::shop::labels::{LabelList, LabelSlug};
use crate::time::Timestamp;

/// The command to change what is given.
#[derive(Clone, Copy, Debug)]
pub struct ChangeWork<'a> {
    /// Who changes it.
    pub caller: &'a Principal,
    /// The new status.
    pub status: Option<Status>,
    /// The new assignee, or that there is none.
    pub assignee_id: Option<Option<&'a ActorId>>,
    /// The new labels, at most [`MAX_CHANNEL_LABELS`](crate::MAX_CHANNEL_LABELS).
    pub labels: Option<&'a BTreeSet<LabelSlug>>,
    /// The id of the event of the first entry, drawn beforehand.
    pub event_id: &'a EventId,
}

impl ChangeWork<'_> {
    /// Changes the fields that differ. `shop` has the labels that may be added.
    pub fn decide(
        &self,
        channel: &Channel,
        shop: &LabelList,
        now: Timestamp,
    ) -> Result<Decision<()>, Refusal> {
        let mut append = Append::begin(channel.next_version(), Guard::Log);
        let by = Some(self.caller);
        if let Some(status) = self.status {
            append.set_status(status, by, self.event_id, now)?;
        }
        if let Some(assignee) = self.assignee_id {
            append.assign(assignee, by, self.event_id, now);
        }
        if let Some(labels) = self.labels {
            let known = |slug: &&LabelSlug| channel.work.labels.contains(*slug) || shop.has(slug);
            if !labels.iter().all(|slug| known(&slug)) {
                return Err(Validation::Form("labels", "labels of the shop").into());
            }
            append.label(labels, by, self.event_id, now);
        }
        Ok(Decision {
            subject: (),
            append: Some(append).filter(|append| !append.entries.is_empty()),
        })
    }
}

/// The command to end a snooze at its time.
#[derive(Clone, Copy, Debug)]
pub struct EndSnooze<'a> {
    /// The time at which it ends.
    pub until: Timestamp,
    /// The id of the event, drawn beforehand.
    pub event_id: &'a EventId,
}

impl EndSnooze<'_> {
    /// Opens the channel, unless it is no longer snoozed until that very time.
    pub fn decide(&self, channel: &Channel, now: Timestamp) -> Decision<()> {
        if channel.work.status != (Status::Snoozed { until: self.until }) {
            return Decision::unchanged(&());
        }
        let mut append = Append::begin(channel.next_version(), Guard::Log);
        append.put_status(Status::Open, None, self.event_id, now);
        Decision { subject: (), append: Some(append) }
    }
}

/// The command to close a channel without a message for long.
#[derive(Clone, Copy, Debug)]
pub struct CloseIdle<'a> {
    /// A message later than this keeps the channel open.
    pub since: Timestamp,
    /// The id of the event, drawn beforehand.
    pub event_id: &'a EventId,
}

impl CloseIdle<'_> {
    /// Closes an open channel whose last message is not later. A channel that was opened later,
    /// by staff or at the end of a snooze, stays open: `opened_at`.
    pub fn decide(
        &self,
        channel: &Channel,
        opened_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Decision<()> {
        let is_idle = channel.last_message_at.is_some_and(|last| last <= self.since);
        let was_opened = opened_at.is_some_and(|at| at > self.since);
        if channel.work.status != Status::Open || !is_idle || was_opened {
            return Decision::unchanged(&());
        }
        let mut append = Append::begin(channel.next_version(), Guard::Log);
        append.put_status(Status::Closed, None, self.event_id, now);
        Decision { subject: (), append: Some(append) }
    }
}

impl Append {
    /// Sets the status, if it is another one. A channel without messages stays open.
    pub(crate) fn set_status(
        &mut self,
        status: Status,
        by: Option<&Principal>,
        drawn: &EventId,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.next.work.status == status {
            return Ok(());
        }
        if status != Status::Open && self.next.last_message_at.is_none() {
            return Err(Refusal::NothingToClose);
        }
        status.check_time(now)?;
        self.put_status(status, by, drawn, now);
        Ok(())
    }

    /// A message opens the channel again. The member's begins a new case if it was closed.
    pub(crate) fn reopen(&mut self, by: &Principal, drawn: &EventId, now: Timestamp) {
        let work = &mut self.next.work;
        if work.status == Status::Open {
            return;
        }
        if work.status == Status::Closed && by.side() == Side::Member {
            work.case += 1;
        }
        self.put_status(Status::Open, Some(by), drawn, now);
    }

    /// Sets the assignee, if it is another one.
    pub(crate) fn assign(
        &mut self,
        assignee: Option<&ActorId>,
        by: Option<&Principal>,
        drawn: &EventId,
        now: Timestamp,
    ) {
        if self.next.work.assignee_id.as_ref() != assignee {
            self.next.work.assignee_id = assignee.cloned();
            self.staff(by.cloned(), drawn, now, What::Assigned(assignee.cloned()));
        }
    }

    fn label(
        &mut self,
        labels: &BTreeSet<LabelSlug>,
        by: Option<&Principal>,
        drawn: &EventId,
        now: Timestamp,
    ) {
        let before = std::mem::replace(&mut self.next.work.labels, labels.clone());
        if before != *labels {
            let added = labels.difference(&before).cloned().collect();
            let removed = before.difference(labels).cloned().collect();
            let what = What::Labelled { labels: labels.clone(), added, removed };
            self.staff(by.cloned(), drawn, now, what);
        }
    }

    fn put_status(
        &mut self,
        status: Status,
        by: Option<&Principal>,
        drawn: &EventId,
        now: Timestamp,
    ) {
        let was = std::mem::replace(&mut self.next.work.status, status).queue();
        let case = self.next.work.case;
        self.staff(by.cloned(), drawn, now, What::StatusChanged { was, status, case });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::entry::{Entry, Place};
    use crate::log::fixtures::{actor, admin, at, channel, customer, send};
    use crate::shop::labels::Label;

    const CLOSE: Option<Status> = Some(Status::Closed);

    fn slugs(all: &[&str]) -> BTreeSet<LabelSlug> {
        all.iter().map(|slug| LabelSlug::parse(slug).expect("a slug")).collect()
    }

    fn shop() -> LabelList {
        let label = |slug| Label::parse(slug, "A label".to_owned(), "#000000").expect("a label");
        LabelList::new(vec![label("return"), label("vip")]).expect("a list")
    }

    #[expect(clippy::option_option, reason = "absent and null mean different things")]
    fn change(
        channel: &Channel,
        status: Option<Status>,
        assignee: Option<Option<&ActorId>>,
        labels: Option<&[&str]>,
    ) -> Result<(Channel, Vec<Entry>), Refusal> {
        let (labels, event_id) = (labels.map(slugs), &EventId::from_random([9; 16]));
        let (caller, labels) = (&admin(), labels.as_ref());
        let command = ChangeWork { caller, status, assignee_id: assignee, labels, event_id };
        let decision = command.decide(channel, &shop(), at(9_000_000))?;
        let append = decision.append.map(|append| (append.next, append.entries));
        Ok(append.unwrap_or_else(|| (channel.clone(), Vec::new())))
    }

    fn set(channel: &Channel, status: Status) -> Channel {
        change(channel, Some(status), None, None).expect("changed").0
    }

    #[test]
    fn an_idle_channel_is_closed_once() {
        let event_id = EventId::from_random([7; 16]);
        let close = |channel: &Channel, opened_at| {
            let command = CloseIdle { since: at(5_000), event_id: &event_id };
            command.decide(channel, opened_at, at(9_000)).append
        };
        let (idle, _) = send(&channel(), &customer(), 5_000);
        let closed = close(&idle, Some(at(5_000))).expect("closed");
        assert_eq!(closed.next.work.status, Status::Closed);
        assert_eq!(closed.entries.iter().map(|entry| entry.by.clone()).collect::<Vec<_>>(), [None]);
        assert!(close(&closed.next, None).is_none(), "closed already");
        assert!(close(&idle, Some(at(5_001))).is_none(), "opened lately");
        assert!(close(&send(&idle, &admin(), 6_000).0, None).is_none(), "in use");
        assert!(close(&channel(), None).is_none(), "never used");
        let later = Status::Snoozed { until: at(99_000_000) };
        assert!(close(&set(&idle, later), None).is_none(), "snoozed");
    }

    #[test]
    fn each_field_that_changes_is_one_entry() {
        let (asked, _) = send(&channel(), &customer(), 2_000);
        let (tom, none) = (actor("user_2"), Vec::<Entry>::new());
        let (done, entries) =
            change(&asked, CLOSE, Some(Some(&tom)), Some(&["vip", "return"])).expect("changed");
        let kinds: Vec<_> = entries.iter().filter_map(|entry| entry.what.kind()).collect();
        assert_eq!(
            kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
            ["status", "assignee", "labels"]
        );
        let places: Vec<_> = entries.iter().map(|entry| entry.place).collect();
        assert_eq!(places, [1, 2, 3].map(|seq| Place::Staff { seq, after: 1 }));
        let ids: BTreeSet<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids.len(), 3, "each has its own event");
        assert_eq!((done.work.staff_seq, done.last_seq, done.version), (3, 1, asked.version + 1));
        assert_eq!(done.updated_at, asked.updated_at, "nothing that a member sees");
        let same = change(&done, CLOSE, Some(Some(&tom)), Some(&["return", "vip"]));
        assert_eq!(same, Ok((done.clone(), none)));
        let (bare, entries) = change(&done, None, Some(None), Some(&["vip"])).expect("changed");
        assert_eq!((bare.work.assignee_id, bare.work.labels), (None, slugs(&["vip"])));
        let removed = slugs(&["return"]);
        let (labels, added) = (slugs(&["vip"]), slugs(&[]));
        assert_eq!(entries[1].what, What::Labelled { labels, added, removed });
    }

    #[test]
    fn a_label_is_the_shops_or_on_the_channel_already() {
        let mut old = channel();
        old.work.labels = slugs(&["old"]);
        assert!(change(&old, None, None, Some(&["old", "vip"])).is_ok());
        assert!(change(&old, None, None, Some(&["older"])).is_err());
    }

    #[test]
    fn a_channel_without_messages_stays_open() {
        let snoozed = Status::Snoozed { until: at(9_000_001) };
        for status in [Status::Closed, snoozed] {
            let refused = change(&channel(), Some(status), None, None);
            assert_eq!(refused, Err(Refusal::NothingToClose));
        }
        assert!(change(&channel(), Some(Status::Open), None, None).is_ok());
    }

    #[test]
    fn a_snooze_ends_in_the_future_within_a_year() {
        let (asked, _) = send(&channel(), &customer(), 2_000);
        let snooze = |until| change(&asked, Some(Status::Snoozed { until: at(until) }), None, None);
        let year = 365 * 86_400_000;
        assert!(snooze(9_000_001).is_ok() && snooze(9_000_000 + year).is_ok());
        assert!(snooze(9_000_000).is_err() && snooze(9_000_001 + year).is_err());
        let later =
            change(&set(&asked, Status::Snoozed { until: at(9_000_001) }), None, None, None);
        assert!(later.is_ok_and(|(_, entries)| entries.is_empty()), "what is not given stays");
    }

    #[test]
    fn only_the_very_snooze_ends_at_its_time() {
        let (asked, _) = send(&channel(), &customer(), 2_000);
        let snoozed = set(&asked, Status::Snoozed { until: at(9_500_000) });
        let event_id = &EventId::from_random([2; 16]);
        let end = |channel: &Channel, until| {
            EndSnooze { until: at(until), event_id }.decide(channel, at(9_600_000)).append
        };
        assert_eq!(end(&snoozed, 9_400_000), None);
        assert_eq!(end(&asked, 9_500_000), None);
        let append = end(&snoozed, 9_500_000).expect("ended");
        assert_eq!((append.next.work.status, append.entries[0].by.as_ref()), (Status::Open, None));
    }

    #[test]
    fn a_close_ends_the_wait_and_opening_again_restores_it() {
        let (asked, _) = send(&channel(), &customer(), 2_000);
        let closed = set(&asked, Status::Closed);
        assert_eq!((asked.waits_since(), closed.waits_since()), (Some(at(2_000)), None));
        assert_eq!(set(&closed, Status::Open).waits_since(), Some(at(2_000)));
        let (again, _) = send(&closed, &customer(), 9_500_000);
        assert_eq!(again.waits_since(), Some(at(9_500_000)), "a wait of its own");
        let (answered, _) = send(&closed, &admin(), 9_500_000);
        assert_eq!(set(&set(&answered, Status::Closed), Status::Open).waits_since(), None);
    }

    #[test]
    fn a_message_opens_the_channel_and_the_members_begins_a_case() {
        let (asked, _) = send(&channel(), &customer(), 2_000);
        let (closed, snoozed) =
            (set(&asked, Status::Closed), set(&asked, Status::Snoozed { until: at(9_500_000) }));
        let after = |channel: &Channel, sender: &Principal| {
            let work = send(channel, sender, 9_400_000).0.work;
            (work.status, work.case)
        };
        assert_eq!(after(&closed, &customer()), (Status::Open, 2));
        assert_eq!(after(&closed, &admin()), (Status::Open, 1));
        assert_eq!(after(&snoozed, &customer()), (Status::Open, 1));
        assert_eq!(after(&asked, &customer()), (Status::Open, 1));
    }
}
