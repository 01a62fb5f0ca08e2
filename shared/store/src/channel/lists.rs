//! Lists of channels, newest activity first: a person's own through the index by member, all of the
//! shop through the index of queues, and what a search finds.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64URL_NOPAD;
use domain::{
    ActorId, Channel, ChannelKey, Message, Newest, Person, Profile, Queue, SearchTerm, Side,
    Status, Timestamp,
};
use futures_util::future::try_join_all;

use crate::Store;
use crate::channel::filter::{Assignee, Filter};
use crate::projections::search::{MAX_FOUND, best_of};
use crate::projections::totals::Counts;
use crate::table::error::Error;
use crate::table::item::{Item, number, text, text_of};
use crate::table::keys::{self, minute_of};
use crate::table::query::{Consistency, Query};
use crate::table::schema::{MEMBER_INDEX, QUEUE_INDEX, WAITING_FOR_ANSWER_INDEX};

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
/// Most rows of an index that one part of a filtered list examines.
const MAX_EXAMINED: usize = 2_000;
/// Rows of one shard that a filtered list examines at a time: two read units.
const EXAMINED_AT_ONCE: usize = 100;
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
    /// The comment of its rating.
    pub comment: Option<String>,
    /// What is known of the admin of the pair; `None` for the shop's default key.
    pub admin: Option<Person>,
    /// What is known of the customer or guest; `None` for callers on the member's side.
    pub customer: Option<Person>,
}

impl Listed {
    fn of(
        channel: Channel,
        long: &mut BTreeMap<ChannelKey, Message>,
        comments: &mut BTreeMap<ChannelKey, String>,
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
        let comment = comments.remove(&channel.key());
        let (admin, customer) =
            (people.get(&channel.admin_id).cloned(), people.get(&channel.member_id).cloned());
        Self { channel, last_message, comment, admin, customer }
    }
}

/// Which part of a list to read.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Only what this finds.
    pub search: Option<SearchTerm>,
    /// Only what this admits; `None` for all channels.
    pub filter: Option<Filter>,
    /// The order.
    pub order: Order,
    /// At most this many.
    pub limit: usize,
    /// Skips this many; ignored if there is a cursor.
    pub offset: usize,
    /// After this place.
    pub cursor: Option<Cursor>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest activity first.
    #[default]
    Activity,
    /// The longest wait for an answer first; only open channels that wait.
    Waiting,
}

/// A part of a list of channels.
#[derive(Clone, Debug)]
pub struct ChannelPage<C = Channel> {
    /// The channels, in the order of the list.
    pub channels: Vec<C>,
    /// How many there are in all; `None` if that is not counted.
    pub count: Option<u64>,
    /// How many conversations are in each queue; only in the list of all channels.
    pub counts: Option<Counts>,
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

    /// The place of a search result in the order of waits. Its sign is turned, so that the greatest
    /// is the longest wait.
    fn of_wait(channel: &Channel) -> Self {
        let since = channel.waits_since().map_or(0, Timestamp::millis);
        Self { activity: -since, key: channel.key() }
    }
}

impl Listing {
    /// A part of all channels, the newest activity first.
    pub(crate) const fn newest(cursor: Option<Cursor>, limit: usize) -> Self {
        Self { search: None, filter: None, order: Order::Activity, limit, offset: 0, cursor }
    }

    /// Whether the list shows this channel.
    fn admits(&self, channel: &Channel) -> bool {
        let waits = self.order == Order::Activity
            || (channel.work.status == Status::Open && channel.unanswered_since.is_some());
        waits && self.filter.as_ref().is_none_or(|filter| filter.admits(channel))
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
            .is_none_or(|row| keys::key_of_place(row).is_some())
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
            return self.list_by_index(admin, listing).await;
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
        let mut found = best_of(channels);
        found.retain(|channel| listing.admits(channel));
        Ok(ChannelPage { capped, ..part_of(found, listing) })
    }

    /// A part of all channels through the indexes of queues and of waits.
    async fn list_by_index(
        &self,
        admin: &ActorId,
        listing: &Listing,
    ) -> Result<ChannelPage, Error> {
        let page = async {
            match listing.order {
                Order::Activity => self.newest_channels(listing).await,
                Order::Waiting => self.longest_waiting(listing).await,
            }
        };
        let (totals, (channels, next)) =
            tokio::try_join!(self.totals(Consistency::Eventual), page)?;
        let counts = totals.counts();
        Ok(ChannelPage {
            channels,
            count: match &listing.filter {
                None => Some(totals.channels()),
                Some(filter) => counts.of(filter, listing.order),
            },
            counts: Some(counts),
            capped: false,
            unread: Some(totals.unread_by(admin)),
            next,
        })
    }

    /// The open channels that wait for an answer, the longest wait first: at most [`MAX_EXAMINED`].
    pub async fn waiting_for_answer(&self) -> Result<Vec<Channel>, Error> {
        let (order, limit) = (Order::Waiting, MAX_EXAMINED);
        let listing = Listing { order, ..Listing::newest(None, limit) };
        Ok(self.longest_waiting(&listing).await?.0)
    }

    /// The next channels by activity after a place in that list.
    pub(crate) async fn newest_channels_after(
        &self,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<(Vec<Channel>, Option<Cursor>), Error> {
        self.newest_channels(&Listing::newest(cursor, limit)).await
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
            let rows = self.newest_rows(listing, &before, wanted).await?;
            let part = self.in_order(&rows, skip, wanted, listing).await?;
            // Rows in the cursor's own minute may come before it: with too few after it, read on.
            let is_full = part.channels.len() >= listing.limit || rows.cut.is_some();
            if is_full || !part.is_more || looks == MAX_LOOKS {
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
            .found
            .chunk_by(|one, other| minute_of(&one.place) == minute_of(&other.place))
            .collect();
        // The minute in which the reads ended may have more rows: it is shown in the index's order.
        let cut = rows.cut.as_deref().map(minute_of);
        let is_too_large = |group: &[Row]| {
            let minute = group.first().map(|row| minute_of(&row.place));
            group.len() > MAX_MINUTE || minute == begun || (cut.is_some() && minute == cut)
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
        let shown = needed.iter().flat_map(|(rows, ..)| rows.iter());
        let mut heads = self.heads_at(shown, listing).await?;
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
        let cut = rows.cut.as_ref().filter(|_| shown.len() < listing.limit);
        if let Some((cut, key)) = cut.and_then(|cut| Some((cut, keys::key_of_place(cut)?))) {
            let everything = || Spot { activity: i64::MAX, key };
            let spot = bound.cloned().unwrap_or_else(everything);
            next = Some(Cursor { spot, row: Some(cut.clone()) });
            is_more = true;
        }
        Ok(Part { channels: shown, next, is_more })
    }

    /// The heads of these rows, by key, as far as the listing admits them.
    ///
    /// Order and cursor come from the heads. An eventually consistent read costs half, and is
    /// repeated for a head that is older than its row, or no longer fits the list.
    async fn heads_at(
        &self,
        rows: impl Iterator<Item = &Row> + Clone,
        listing: &Listing,
    ) -> Result<BTreeMap<ChannelKey, Channel>, Error> {
        let keys: Vec<_> = rows.clone().map(|row| row.key.clone()).collect();
        let heads = self.heads(&keys, Consistency::Eventual).await?;
        let mut heads: BTreeMap<_, _> =
            heads.into_iter().map(|channel| (channel.key(), channel)).collect();
        let is_current = |row: &&Row| {
            heads.get(&row.key).is_some_and(|channel| {
                listing.admits(channel) && keys::queue_place(channel) == row.place
            })
        };
        let old: Vec<_> = rows.filter(|row| !is_current(row)).map(|row| row.key.clone()).collect();
        for channel in self.heads(&old, Consistency::Strong).await? {
            heads.insert(channel.key(), channel);
        }
        heads.retain(|_, channel| listing.admits(channel));
        Ok(heads)
    }

    /// The rows of the index of queues before a place: the first `wanted`, and the last one's
    /// minute whole or with more than [`MAX_MINUTE`] rows. If a filter examines too many rows
    /// before it finds these, the rows end at a cut.
    async fn newest_rows(
        &self,
        listing: &Listing,
        before: &str,
        wanted: usize,
    ) -> Result<Rows, Error> {
        let all = Filter::default();
        let filter = listing.filter.as_ref().unwrap_or(&all);
        let shards = self.layout().activity_shards;
        let queues: Vec<String> =
            filter.queues().iter().flat_map(|queue| keys::partitions_of(*queue, shards)).collect();
        let part = QueuePart { filter, before, most: MAX_EXAMINED / queues.len().max(1) };
        let shards =
            try_join_all(queues.iter().map(|queue| self.queue_rows(queue, part, wanted + 1)))
                .await?;
        let mut places: Vec<&str> = shards
            .iter()
            .flat_map(|rows| rows.found.iter().map(|row| row.place.as_str()))
            .collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        // With fewer than wanted no shard stopped early, so these are all.
        let edge = places
            .get(wanted.saturating_sub(1))
            .map(|place| minute_of(place).to_owned())
            .unwrap_or_default();
        let edge = edge.as_str();
        let whole = queues.iter().zip(shards).map(|(queue, rows)| async move {
            let ends_inside =
                rows.more && rows.found.last().is_some_and(|row| minute_of(&row.place) >= edge);
            if ends_inside {
                self.queue_rows(queue, part, wanted + 1 + MAX_MINUTE).await
            } else {
                Ok::<_, Error>(rows)
            }
        });
        let shards = try_join_all(whole).await?;
        let more = shards
            .iter()
            .any(|rows| rows.more || rows.found.iter().any(|row| minute_of(&row.place) < edge));
        // Beyond the place where the first shard was cut, the order of the rows is not known.
        let cut = shards.iter().filter_map(|rows| rows.cut.clone()).max();
        let is_before_cut = |row: &Row| cut.as_ref().is_none_or(|cut| row.place >= *cut);
        let mut rows: Vec<_> = shards
            .into_iter()
            .flat_map(|rows| rows.found)
            .filter(|row| minute_of(&row.place) >= edge && is_before_cut(row))
            .collect();
        rows.sort_unstable_by(|a, b| b.place.cmp(&a.place));
        // The index may show a channel at its old place and at its new one.
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(row.key.clone()));
        let cut = cut.filter(|_| rows.len() < wanted);
        Ok(Rows { found: rows, more, cut })
    }

    /// The newest `wanted` rows of one queue that a list shows.
    async fn queue_rows(
        &self,
        queue: &str,
        part: QueuePart<'_>,
        wanted: usize,
    ) -> Result<Rows, Error> {
        let first = part.filter.first_minute();
        if part.before < first.as_str() {
            return Ok(Rows { found: Vec::new(), more: false, cut: None });
        }
        let mut query = Query::index(&self.layout().chat_table, &QUEUE_INDEX, text(queue))
            .between(&first, part.before)
            .forward(false);
        let condition = part.filter.condition();
        let is_filtered = condition.is_some();
        if let Some(condition) = condition {
            query = query.only_where(condition);
        }
        let row = |item: &Item| {
            let place = text_of(item, "minute")?.to_owned();
            Some(Row { place, key: keys::channel_in(item)? }).filter(|row| row.place != part.before)
        };
        let (mut rows, mut next, mut examined) = (Vec::new(), None, 0);
        while rows.len() < wanted {
            let at_once = if is_filtered {
                wanted.max(EXAMINED_AT_ONCE).min(part.most.saturating_sub(examined))
            } else {
                wanted - rows.len() + 1
            };
            if at_once == 0 {
                let cut = next.as_ref().and_then(|next| text_of(next, "minute"));
                return Ok(Rows { cut: cut.map(str::to_owned), found: rows, more: true });
            }
            let found = self.query_page(&query, at_once, next).await?;
            examined += at_once;
            rows.extend(found.items.iter().filter_map(row));
            next = found.next;
            if next.is_none() {
                break;
            }
        }
        Ok(Rows { more: next.is_some(), found: rows, cut: None })
    }

    /// The next open channels that wait for an answer, the longest wait first.
    async fn longest_waiting(
        &self,
        listing: &Listing,
    ) -> Result<(Vec<Channel>, Option<Cursor>), Error> {
        let all = Filter::default();
        let filter = listing.filter.as_ref().unwrap_or(&all);
        let from = listing.cursor.as_ref().map(|cursor| cursor.spot.clone());
        let wanted = listing.limit + 1;
        let shards = self.layout().activity_shards;
        let most = MAX_EXAMINED / shards.max(1) as usize;
        let waits = (0..shards).map(|shard| self.waits(shard, filter, from.as_ref(), wanted, most));
        let shards = try_join_all(waits).await?;
        let cut = shards.iter().filter_map(|waits| waits.cut.clone()).min();
        let more = shards.iter().any(|waits| waits.more);
        let mut spots: Vec<Spot> = shards.into_iter().flat_map(|waits| waits.spots).collect();
        spots.retain(|spot| cut.as_ref().is_none_or(|cut| spot <= cut));
        spots.sort_unstable();
        let is_more = more || spots.len() > listing.limit;
        spots.truncate(listing.limit);
        let is_full = spots.len() == listing.limit;
        let reached = if is_full { spots.last().cloned() } else { cut };
        let next = reached.filter(|_| is_more).map(|spot| Cursor { spot, row: None });
        let keys: Vec<_> = spots.iter().map(|spot| spot.key.clone()).collect();
        let waits_so = |spot: &Spot, channel: &Channel| {
            channel.unanswered_since.map(Timestamp::millis) == Some(spot.activity)
                && listing.admits(channel)
        };
        let heads = self.heads(&keys, Consistency::Eventual).await?;
        let mut heads: BTreeMap<_, _> =
            heads.into_iter().map(|channel| (channel.key(), channel)).collect();
        let is_old = |spot: &&Spot| !heads.get(&spot.key).is_some_and(|head| waits_so(spot, head));
        let old: Vec<_> = spots.iter().filter(is_old).map(|spot| spot.key.clone()).collect();
        for channel in self.heads(&old, Consistency::Strong).await? {
            heads.insert(channel.key(), channel);
        }
        let shown = spots
            .iter()
            .filter_map(|spot| heads.remove(&spot.key).filter(|channel| waits_so(spot, channel)));
        Ok((shown.collect(), next))
    }

    /// The longest waits of one shard after a place.
    async fn waits(
        &self,
        shard: u32,
        filter: &Filter,
        from: Option<&Spot>,
        wanted: usize,
        most: usize,
    ) -> Result<Waits, Error> {
        let mut query =
            Query::index(&self.layout().chat_table, &WAITING_FOR_ANSWER_INDEX, number(shard));
        if let Some(from) = from {
            query = query.from(number(from.activity));
        }
        let condition = filter.condition();
        let is_filtered = condition.is_some();
        if let Some(condition) = condition {
            query = query.only_where(condition);
        }
        let spot = |item: &Item| {
            let activity = item.get("unanswered_since")?.as_n().ok()?.parse().ok()?;
            Some(Spot { activity, key: keys::channel_in(item)? })
        };
        let is_after = |spot: &Spot| from.is_none_or(|from| spot > from);
        // Waits that began in the same millisecond are in no order: all of them are read.
        let is_complete = |spots: &[Spot]| {
            let edge = spots.get(wanted - 1).map(|spot| spot.activity);
            edge.is_some() && spots.last().map(|spot| spot.activity) != edge
        };
        let (mut spots, mut next, mut examined) = (Vec::new(), None, 0);
        while !is_complete(&spots) {
            let at_once = if is_filtered { wanted.max(EXAMINED_AT_ONCE) } else { wanted + 1 };
            let at_once = at_once.min(most.saturating_sub(examined));
            if at_once == 0 {
                return Ok(Waits { cut: next.as_ref().and_then(spot), spots, more: true });
            }
            let found = self.query_page(&query, at_once, next).await?;
            examined += at_once;
            spots.extend(found.items.iter().filter_map(spot).filter(is_after));
            next = found.next;
            if next.is_none() {
                break;
            }
        }
        Ok(Waits { more: next.is_some(), spots, cut: None })
    }

    /// Adds what callers on that side see with channels: the people, the comment of the rating, and
    /// the newest message, from its row if it is too long for the head. At most one more round
    /// trip.
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
        let (mut long, mut comments, people) = tokio::try_join!(
            self.long_newest(&channels),
            self.comments(&channels),
            self.people(ids)
        )?;
        let listed = |channel| Listed::of(channel, &mut long, &mut comments, &people);
        Ok(channels.into_iter().map(listed).collect())
    }
}

/// A part of channels that are all in memory.
fn part_of(mut channels: Vec<Channel>, listing: &Listing) -> ChannelPage {
    let count = Some(channels.len() as u64);
    let spot = |channel: &Channel| match listing.order {
        Order::Activity => std::cmp::Reverse(Spot::of(channel)),
        Order::Waiting => std::cmp::Reverse(Spot::of_wait(channel)),
    };
    channels.sort_unstable_by_key(spot);
    if let Some(cursor) = &listing.cursor {
        channels.retain(|channel| spot(channel).0 < cursor.spot);
    } else {
        channels.drain(..listing.offset.min(channels.len()));
    }
    let more = channels.len() > listing.limit;
    channels.truncate(listing.limit);
    let next = channels.last().filter(|_| more);
    let next = next.map(|channel| Cursor { spot: spot(channel).0, row: None });
    ChannelPage { channels, count, counts: None, capped: false, unread: None, next }
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
    found: Vec<Row>,
    /// Whether there are rows beyond.
    more: bool,
    /// The place of the last row that was examined, if a filter examined as many as it may.
    cut: Option<String>,
}

/// The part of a queue that a list shows.
#[derive(Clone, Copy)]
struct QueuePart<'a> {
    filter: &'a Filter,
    /// Only places before this one.
    before: &'a str,
    /// Most rows to examine, if there is a condition on them.
    most: usize,
}

/// Waits of one shard, the longest first.
struct Waits {
    spots: Vec<Spot>,
    more: bool,
    /// The last wait that was examined, if a filter examined as many as it may.
    cut: Option<Spot>,
}

impl Counts {
    /// How many channels a list shows, if that is one of the counts.
    fn of(&self, filter: &Filter, order: Order) -> Option<u64> {
        let by = |counts: &BTreeMap<String, u64>, name: &str| counts.get(name).copied();
        match (filter, order) {
            (Filter { queue: Some(Queue::Open), assignee: None, label: None }, Order::Activity) => {
                Some(self.open)
            }
            (Filter { queue: Some(Queue::Open), assignee: None, label: None }, Order::Waiting) => {
                Some(self.waiting)
            }
            (
                Filter { queue: Some(Queue::Open), assignee: Some(assignee), label: None },
                Order::Activity,
            ) => Some(match assignee {
                Assignee::Nobody => self.unassigned,
                Assignee::Admin(id) => by(&self.by_assignee, id.as_str()).unwrap_or_default(),
            }),
            (
                Filter { queue: Some(Queue::Open), assignee: None, label: Some(label) },
                Order::Activity,
            ) => Some(by(&self.by_label, label.as_str()).unwrap_or_default()),
            _ => None,
        }
    }
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
