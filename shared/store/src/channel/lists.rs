//! Lists of channels, newest activity first: a person's own through the index by member, all of the
//! shop through the index of queues, and what a search finds.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64URL_NOPAD;
use domain::{
    ActorId, Channel, ChannelKey, Message, Newest, Person, Profile, SearchTerm, Side, Status,
};
use futures_util::future::try_join_all;

use crate::Store;
use crate::projections::search::{MAX_FOUND, best_of};
use crate::table::error::Error;
use crate::table::item::{Item, text, text_of};
use crate::table::keys::{self, minute_of};
use crate::table::query::{Consistency, Query};
use crate::table::schema::{MEMBER_INDEX, QUEUE_INDEX};

/// Greatest configurable number of channels of one person: a list of one's own channels reads them
/// all.
pub const MAX_OWN_CHANNELS: u32 = 1_000;
/// Most channels of one minute that are sorted exactly: each costs a read unit if only a part of
/// the minute is shown.
const MAX_MINUTE: usize = 200;
/// Most reads for one part of a list: the cursor's minute may have too few channels after it.
const MAX_LOOKS: usize = 3;
/// Sorts after all minutes and all keys in the index of queues.
const AFTER_ALL: &str = "~";
/// Recently active channels that a search compares too if its words lead to more than it can
/// compare.
const MAX_LATELY: usize = 100;

/// A channel as lists show it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The head.
    pub channel: Channel,
    /// The newest message that is not deleted.
    pub last_message: Option<Message>,
    /// What is known of the admin of the pair; `None` for the shop's default key.
    pub admin: Option<Person>,
    /// What is known of the customer or guest; `None` for callers on the member's side.
    pub customer: Option<Person>,
}

impl Listed {
    fn of(
        channel: Channel,
        long: &mut BTreeMap<ChannelKey, Message>,
        people: &BTreeMap<ActorId, Person>,
    ) -> Self {
        let last_message = match &channel.newest {
            Some(Newest::Inline(message)) => Some(message.clone()),
            // Its row may have been deleted since the head was read.
            Some(Newest::At(_)) => {
                long.remove(&channel.key()).filter(|message| message.deleted_at.is_none())
            }
            None => None,
        };
        let (admin, customer) =
            (people.get(&channel.admin_id).cloned(), people.get(&channel.member_id).cloned());
        Self { channel, last_message, admin, customer }
    }
}

/// Which part of a list to read.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Only what this finds.
    pub search: Option<SearchTerm>,
    /// At most this many.
    pub limit: usize,
    /// Skips this many; ignored if there is a cursor.
    pub offset: usize,
    /// After this place.
    pub cursor: Option<Cursor>,
}

/// A part of a list of channels.
#[derive(Clone, Debug)]
pub struct ChannelPage<C = Channel> {
    /// The channels, newest activity first.
    pub channels: Vec<C>,
    /// How many there are in all.
    pub count: u64,
    /// Whether more were found than are counted.
    pub capped: bool,
    /// Messages of customers and guests, in all channels of the shop, that this admin has not read;
    /// only in the list of all channels.
    pub unread: Option<u64>,
    /// Where the next part begins.
    pub next: Option<Cursor>,
}

/// A channel's place in the exact order of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    activity: i64,
    key: ChannelKey,
}

impl Spot {
    fn of(channel: &Channel) -> Self {
        Self { activity: channel.activity(), key: channel.key() }
    }
}

/// A place in a list: after the last channel of a part. It needs no signature: a made-up cursor
/// only begins elsewhere in a list that its maker may read anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    spot: Spot,
    /// In a minute that is too large to sort: the place of the last row shown.
    row: Option<String>,
}

impl Cursor {
    fn after(channel: &Channel) -> Self {
        Self { spot: Spot::of(channel), row: None }
    }

    /// Reads what [`Cursor::encode`] printed.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let mut parts = std::str::from_utf8(&bytes).ok()?.splitn(3, '.');
        let (activity, key) = (parts.next()?.parse().ok()?, ChannelKey::parse(parts.next()?)?);
        let row = parts.next().map(str::to_owned);
        row.as_deref()
            .is_none_or(keys::is_queue_place)
            .then_some(Self { spot: Spot { activity, key }, row })
    }

    /// The cursor as opaque text.
    pub fn encode(&self) -> String {
        let row = self.row.as_ref().map(|row| format!(".{row}")).unwrap_or_default();
        BASE64URL_NOPAD
            .encode(format!("{}.{}{row}", self.spot.activity, self.spot.key.as_str()).as_bytes())
    }
}

impl Store {
    /// Every channel of a customer or guest, in no order.
    pub(crate) async fn own_channels(&self, member: &ActorId) -> Result<Vec<Channel>, Error> {
        // The index may lag behind a claim; the heads do not.
        let heads = self.heads(&self.own_channel_keys(member).await?, Consistency::Strong).await?;
        Ok(heads.into_iter().filter(|channel| channel.member_id == *member).collect())
    }

    /// The channels of a customer or guest by the index, which may lag. At most as many as one
    /// person may hold.
    pub async fn own_channel_keys(&self, member: &ActorId) -> Result<Vec<ChannelKey>, Error> {
        let (table, member) = (&self.layout().chat_table, text(member.as_str()));
        let query = Query::index(table, &MEMBER_INDEX, member);
        let found = self.query_all(query, MAX_OWN_CHANNELS as usize).await?;
        Ok(found.items.iter().filter_map(keys::channel_in).collect())
    }

    /// A part of the caller's own channels.
    pub async fn list_own(
        &self,
        member: &ActorId,
        listing: &Listing,
    ) -> Result<ChannelPage, Error> {
        let mut channels = self.own_channels(member).await?;
        if let Some(term) = &listing.search {
            let own = self
                .people([member])
                .await?
                .remove(member)
                .map(|person| person.profile())
                .unwrap_or_default();
            channels.retain(|channel| term.matches(channel, &own));
        }
        Ok(part_of(channels, listing))
    }

    /// A part of all channels of the shop, for this admin.
    pub async fn list_all(&self, admin: &ActorId, listing: &Listing) -> Result<ChannelPage, Error> {
        let Some(term) = &listing.search else {
            return self.list_by_activity(admin, listing).await;
        };
        let found = self.find(term).await?;
        let by_id = self.heads(&found.channels, Consistency::Eventual);
        let (mut channels, (theirs, more_theirs)) =
            tokio::try_join!(by_id, self.channels_in_turn(&found.people))?;
        let is_cut = found.is_cut || more_theirs;
        let compared: BTreeSet<_> = channels.iter().map(Channel::key).collect();
        let theirs: Vec<_> = theirs.into_iter().filter(|key| !compared.contains(key)).collect();
        // The words may lag behind the people, so each channel is compared with its member's
        // present profile.
        let by_name = matches!(term, SearchTerm::Word(_));
        let members: BTreeSet<_> =
            channels.iter().map(|channel| channel.member_id.clone()).filter(|_| by_name).collect();
        let members: BTreeSet<&ActorId> =
            members.iter().chain(found.people.iter().flatten()).collect();
        // If the search is cut, recently active channels are compared too.
        let lately = async {
            if is_cut {
                Ok(self.newest_channels_after(None, MAX_LATELY).await?.0)
            } else {
                Ok(Vec::new())
            }
        };
        let (by_name_too, mut people, lately) = tokio::try_join!(
            self.heads(&theirs, Consistency::Eventual),
            self.people(members.iter().copied()),
            lately
        )?;
        let mut seen = compared;
        channels.extend(
            by_name_too.into_iter().chain(lately).filter(|channel| seen.insert(channel.key())),
        );
        let missing: BTreeSet<_> = channels
            .iter()
            .map(|channel| &channel.member_id)
            .filter(|id| !people.contains_key(*id))
            .collect();
        if by_name && !missing.is_empty() {
            people.extend(self.people(missing).await?);
        }
        let nobody = Profile::default();
        channels.retain(|channel| match people.get(&channel.member_id).map(Person::profile) {
            Some(profile) => term.matches(channel, &profile),
            None => term.matches(channel, &nobody),
        });
        let capped = is_cut || channels.len() > MAX_FOUND;
        Ok(ChannelPage { capped, ..part_of(best_of(channels), listing) })
    }

    /// A part of all channels through the index of queues.
    async fn list_by_activity(
        &self,
        admin: &ActorId,
        listing: &Listing,
    ) -> Result<ChannelPage, Error> {
        let (totals, (channels, next)) =
            tokio::try_join!(self.totals(), self.newest_channels(listing))?;
        Ok(ChannelPage {
            channels,
            count: totals.channels(),
            capped: false,
            unread: Some(totals.unread_by(admin)),
            next,
        })
    }

    /// The next channels by activity after a place in that list.
    pub(crate) async fn newest_channels_after(
        &self,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<(Vec<Channel>, Option<Cursor>), Error> {
        self.newest_channels(&Listing { search: None, limit, offset: 0, cursor }).await
    }

    /// The index only has the minute of a channel's activity. A minute that is partly inside the
    /// wanted part is read whole and sorted by the heads, up to [`MAX_MINUTE`] channels. A larger
    /// minute is shown in the index's own order, each page of it newest first. So one call reads a
    /// bounded number of heads, and paging shows every channel once.
    async fn newest_channels(
        &self,
        listing: &Listing,
    ) -> Result<(Vec<Channel>, Option<Cursor>), Error> {
        let skip = if listing.cursor.is_some() { 0 } else { listing.offset };
        let before = match &listing.cursor {
            None => AFTER_ALL.to_owned(),
            Some(Cursor { row: Some(row), .. }) => row.clone(),
            Some(Cursor { spot, .. }) => {
                format!("{}{AFTER_ALL}", keys::queue_minute(spot.activity))
            }
        };
        let mut wanted = skip + listing.limit;
        for looks in 1..=MAX_LOOKS {
            let rows = self.newest_rows(&before, wanted).await?;
            let part = self.in_order(&rows, skip, wanted, listing).await?;
            // Rows in the cursor's own minute may come before it: with too few after it, read on.
            if part.channels.len() >= listing.limit || !part.is_more || looks == MAX_LOOKS {
                return Ok((part.channels, part.next.filter(|_| part.is_more)));
            }
            wanted += MAX_MINUTE;
        }
        Ok((Vec::new(), None))
    }

    /// The wanted part of these rows' channels: the rows from `skip` to `wanted`, and as much of
    /// their minutes as their order needs.
    async fn in_order(
        &self,
        rows: &Rows,
        skip: usize,
        wanted: usize,
        listing: &Listing,
    ) -> Result<Part, Error> {
        let begun = listing.cursor.as_ref().and_then(|cursor| cursor.row.as_deref()).map(minute_of);
        let groups: Vec<&[Row]> = rows
            .rows
            .chunk_by(|one, other| minute_of(&one.place) == minute_of(&other.place))
            .collect();
        let is_too_large = |group: &[Row]| {
            group.len() > MAX_MINUTE || group.first().map(|row| minute_of(&row.place)) == begun
        };
        // Which rows of each minute are needed: all of one that is sorted, else those that are
        // shown.
        let mut needed: Vec<(&[Row], usize, bool)> = Vec::new();
        let (mut position, mut is_more) = (0, rows.more);
        for group in groups {
            let (from, to) = (position, position + group.len());
            position = to;
            if to <= skip || from >= wanted {
                continue;
            }
            if is_too_large(group) {
                let shown = group
                    .get(skip.saturating_sub(from)..group.len().min(wanted - from))
                    .unwrap_or_default();
                is_more |= to > wanted;
                needed.push((shown, 0, true));
            } else {
                needed.push((group, skip.saturating_sub(from), false));
            }
        }
        let keys: Vec<_> =
            needed.iter().flat_map(|(rows, ..)| rows.iter()).map(|row| row.key.clone()).collect();
        // Consistently: order and cursor come from the heads, and an old head would give a wrong
        // place.
        let heads = self.heads(&keys, Consistency::Strong).await?;
        let mut heads: BTreeMap<_, _> =
            heads.into_iter().map(|channel| (channel.key(), channel)).collect();
        let bound = listing.cursor.as_ref().map(|cursor| &cursor.spot);
        let is_after_cursor =
            |channel: &Channel| bound.is_none_or(|bound| Spot::of(channel) < *bound);
        let (mut shown, mut next) = (Vec::new(), None);
        for (rows, skip, is_too_large) in needed {
            if shown.len() >= listing.limit {
                is_more = true;
                break;
            }
            if is_too_large {
                for row in rows {
                    if shown.len() >= listing.limit {
                        is_more = true;
                        break;
                    }
                    shown.extend(heads.remove(&row.key).filter(is_after_cursor));
                    let everything = || Spot { activity: i64::MAX, key: row.key.clone() };
                    next = Some(Cursor {
                        spot: bound.cloned().unwrap_or_else(everything),
                        row: Some(row.place.clone()),
                    });
                }
            } else {
                let mut group: Vec<_> = rows
                    .iter()
                    .filter_map(|row| heads.remove(&row.key))
                    .filter(is_after_cursor)
                    .collect();
                group.sort_unstable_by_key(|channel| std::cmp::Reverse(Spot::of(channel)));
                group.drain(..skip.min(group.len()));
                is_more |= group.len() > listing.limit - shown.len();
                group.truncate(listing.limit - shown.len());
                next = group.last().map(Cursor::after).or(next);
                shown.extend(group);
            }
        }
        shown.sort_unstable_by_key(|channel| std::cmp::Reverse(Spot::of(channel)));
        Ok(Part { channels: shown, next, is_more })
    }

    /// The rows of the index of queues before a place: the first `wanted`, and the last one's
    /// minute whole or with more than [`MAX_MINUTE`] rows.
    async fn newest_rows(&self, before: &str, wanted: usize) -> Result<Rows, Error> {
        let queues: Vec<String> = Status::ALL
            .into_iter()
            .flat_map(|status| {
                (0..self.layout().activity_shards).map(move |shard| keys::queue(status, shard))
            })
            .collect();
        let shards =
            try_join_all(queues.iter().map(|queue| self.queue_rows(queue, before, wanted + 1)))
                .await?;
        let mut places: Vec<&str> =
            shards.iter().flat_map(|rows| rows.rows.iter().map(|row| row.place.as_str())).collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        // With fewer than wanted no shard stopped early, so these are all.
        let edge = places
            .get(wanted.saturating_sub(1))
            .map(|place| minute_of(place).to_owned())
            .unwrap_or_default();
        let edge = edge.as_str();
        let whole = queues.iter().zip(shards).map(|(queue, rows)| async move {
            let ends_inside =
                rows.more && rows.rows.last().is_some_and(|row| minute_of(&row.place) >= edge);
            if ends_inside {
                self.queue_rows(queue, before, wanted + 1 + MAX_MINUTE).await
            } else {
                Ok::<_, Error>(rows)
            }
        });
        let shards = try_join_all(whole).await?;
        let more = shards
            .iter()
            .any(|rows| rows.more || rows.rows.iter().any(|row| minute_of(&row.place) < edge));
        let mut rows: Vec<_> = shards
            .into_iter()
            .flat_map(|rows| rows.rows)
            .filter(|row| minute_of(&row.place) >= edge)
            .collect();
        rows.sort_unstable_by(|a, b| b.place.cmp(&a.place));
        // The index may show a channel at its old place and at its new one.
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(row.key.clone()));
        Ok(Rows { rows, more })
    }

    /// The newest `wanted` rows of one queue before a place.
    async fn queue_rows(&self, queue: &str, before: &str, wanted: usize) -> Result<Rows, Error> {
        let query = Query::index(&self.layout().chat_table, &QUEUE_INDEX, text(queue))
            .before(before)
            .forward(false);
        let found = self.query_all(query, wanted).await?;
        let row = |item: &Item| {
            let place = text_of(item, "minute")?.to_owned();
            Some(Row { place, key: keys::channel_in(item)? })
        };
        Ok(Rows { more: found.next.is_some(), rows: found.items.iter().filter_map(row).collect() })
    }

    /// Adds what callers on that side see with channels: the people, and the newest message, from
    /// its row if it is too long for the head. At most one more round trip.
    pub async fn with_details(
        &self,
        channels: Vec<Channel>,
        side: Side,
        default_admin: &ActorId,
    ) -> Result<Vec<Listed>, Error> {
        let mut ids: BTreeSet<&ActorId> = channels
            .iter()
            .map(|channel| &channel.admin_id)
            .filter(|id| *id != default_admin)
            .collect();
        if side == Side::Staff {
            ids.extend(channels.iter().map(|channel| &channel.member_id));
        }
        let (mut long, people) = tokio::try_join!(self.long_newest(&channels), self.people(ids))?;
        Ok(channels.into_iter().map(|channel| Listed::of(channel, &mut long, &people)).collect())
    }
}

/// A part of channels that are all in memory.
fn part_of(mut channels: Vec<Channel>, listing: &Listing) -> ChannelPage {
    let count = channels.len() as u64;
    channels.sort_unstable_by_key(|channel| std::cmp::Reverse(Spot::of(channel)));
    if let Some(cursor) = &listing.cursor {
        channels.retain(|channel| Spot::of(channel) < cursor.spot);
    } else {
        channels.drain(..listing.offset.min(channels.len()));
    }
    let more = channels.len() > listing.limit;
    channels.truncate(listing.limit);
    let next = channels.last().filter(|_| more).map(Cursor::after);
    ChannelPage { channels, count, capped: false, unread: None, next }
}

/// A part of the list of all channels.
struct Part {
    channels: Vec<Channel>,
    /// After the last channel or row that was shown.
    next: Option<Cursor>,
    /// Whether there are more after it.
    is_more: bool,
}

/// A row of the index of queues.
struct Row {
    place: String,
    key: ChannelKey,
}

/// Rows of the index of queues, newest minute first.
struct Rows {
    rows: Vec<Row>,
    /// Whether there are rows beyond.
    more: bool,
}

#[cfg(test)]
mod tests {
    use domain::ChannelHash;

    use super::*;

    #[test]
    fn cursors_survive_print_and_parse_and_garbage_is_none() {
        let key = ChannelHash::parse("direct:a:b").expect("a hash").key();
        let row = format!("068719476736#{}", key.as_str());
        for row in [None, Some(row)] {
            let cursor = Cursor { spot: Spot { activity: -5, key: key.clone() }, row };
            assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        }
        let wrong_row = BASE64URL_NOPAD.encode(format!("1.{}.~", key.as_str()).as_bytes());
        assert_eq!(Cursor::parse(&wrong_row), None);
        for wrong in [
            "",
            "x",
            "AAAA",
            &BASE64URL_NOPAD.encode(b"1.short"),
            &BASE64URL_NOPAD.encode(b"x.aaaaaaaaaaaaaaaaaaaaaaaaaa"),
            "é",
        ] {
            assert_eq!(Cursor::parse(wrong), None, "{wrong}");
        }
    }
}
