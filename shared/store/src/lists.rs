//! Lists of channels, newest activity first: a person's own through the index by member, all of the shop through the index by
//! activity, and what a search finds.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64URL_NOPAD;
use domain::{ActorId, Channel, ChannelKey, Message, Newest, Person, Profile, SearchTerm, Side};
use futures_util::future::try_join_all;

use crate::db::{Consistency, number, text};
use crate::error::{Error, classify};
use crate::schema::{ACTIVITY_INDEX, MEMBER_INDEX};
use crate::search::{MAX_FOUND, best_of};
use crate::{Store, keys};

/// Channels that were active last, among which a search looks too when it leads to more than it compares.
const MAX_LATELY: usize = 100;

/// A channel as lists show it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The head.
    pub channel: Channel,
    /// The newest message that is not deleted.
    pub last_message: Option<Message>,
    /// What is known of the admin of the pair; nothing for the shop's default key.
    pub admin: Option<Person>,
    /// What is known of the customer or guest; nothing where customers look, who know who they are.
    pub customer: Option<Person>,
}

impl Listed {
    fn of(channel: Channel, long: &mut BTreeMap<ChannelKey, Message>, people: &BTreeMap<ActorId, Person>) -> Self {
        let last_message = match &channel.newest {
            Some(Newest::Inline(message)) => Some(message.clone()),
            // Its row may have been deleted since the head was read.
            Some(Newest::At(_)) => long.remove(&channel.key()).filter(|message| message.deleted_at.is_none()),
            None => None,
        };
        let (admin, customer) = (people.get(&channel.admin_id).cloned(), people.get(&channel.member_id).cloned());
        Self { channel, last_message, admin, customer }
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Only what this finds.
    pub search: Option<SearchTerm>,
    /// At most this many.
    pub limit: usize,
    /// After so many; not looked at when there is a cursor.
    pub offset: usize,
    /// After this place.
    pub cursor: Option<Cursor>,
}

/// A part of a list: of channels, or of channels with what is shown beside them.
#[derive(Clone, Debug)]
pub struct ChannelPage<C = Channel> {
    /// The channels, newest activity first.
    pub channels: Vec<C>,
    /// How many there are in all.
    pub count: u64,
    /// Whether more were found than are counted.
    pub capped: bool,
    /// Messages of customers and guests, in all channels of the shop, that the admin who asks has not read; only where all are listed.
    pub unread: Option<u64>,
    /// Where the next part begins.
    pub next: Option<Cursor>,
}

/// A place in a list: behind the channel that stood last. It grants nothing and selects nothing but an order, so it needs
/// no signature: whoever makes one up starts somewhere else in a list they may read anyway.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    activity: i64,
    key: ChannelKey,
}

impl Cursor {
    fn of(channel: &Channel) -> Self {
        Self { activity: channel.activity(), key: channel.key() }
    }

    /// Reads what [`Cursor::encode`] printed.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (activity, key) = std::str::from_utf8(&bytes).ok()?.split_once('.')?;
        Some(Self { activity: activity.parse().ok()?, key: ChannelKey::parse(key)? })
    }

    /// The cursor as opaque text.
    pub fn encode(&self) -> String {
        BASE64URL_NOPAD.encode(format!("{}.{}", self.activity, self.key.as_str()).as_bytes())
    }
}

impl Store {
    /// Every channel of a customer or guest, in no order.
    pub async fn own_channels(&self, member: &ActorId) -> Result<Vec<Channel>, Error> {
        // The index may be a moment behind a claim; the heads are not.
        let heads = self.heads(&self.own_channel_keys(member).await?, Consistency::Strong).await?;
        Ok(heads.into_iter().filter(|channel| channel.member_id == *member).collect())
    }

    /// The channels that the index by member has for somebody: a moment behind.
    pub async fn own_channel_keys(&self, member: &ActorId) -> Result<Vec<ChannelKey>, Error> {
        let mut keys = Vec::new();
        let mut from = None;
        loop {
            let request = self.db().query().table_name(&self.layout().chat_table).index_name(MEMBER_INDEX);
            let request =
                request.key_condition_expression("member_id = :member").expression_attribute_values(":member", text(member.as_str()));
            let page = request.set_exclusive_start_key(from).send().await.map_err(classify)?;
            keys.extend(page.items.into_iter().flatten().filter_map(|item| keys::channel_of(item.get("pk")?.as_s().ok()?)));
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(keys);
            }
        }
    }

    /// A part of the caller's own channels.
    pub async fn list_own(&self, member: &ActorId, listing: &Listing) -> Result<ChannelPage, Error> {
        let mut channels = self.own_channels(member).await?;
        if let Some(term) = &listing.search {
            let own = self.people([member]).await?.remove(member).map(|person| person.profile()).unwrap_or_default();
            channels.retain(|channel| term.finds(channel, &own));
        }
        Ok(part_of(channels, listing))
    }

    /// A part of all channels of the shop, for this admin.
    pub async fn list_all(&self, admin: &ActorId, listing: &Listing) -> Result<ChannelPage, Error> {
        let Some(term) = &listing.search else { return self.list_by_activity(admin, listing).await };
        let found = self.find(term).await?;
        // Of more than are looked at, those that were active lately are not left out.
        let lately = async {
            match found.is_cut {
                true => Ok(self.newest_channels_after(None, MAX_LATELY).await?.0),
                false => Ok(Vec::new()),
            }
        };
        let (mut channels, lately) = tokio::try_join!(self.heads(&found.channels, Consistency::Eventual), lately)?;
        let compared: BTreeSet<_> = channels.iter().map(Channel::key).collect();
        channels.extend(lately.into_iter().filter(|channel| !compared.contains(&channel.key())));
        // The words may be a moment older than the people: what is found is what is there.
        let people = match term {
            SearchTerm::Hash(_) => BTreeMap::new(),
            SearchTerm::Word(_) => self.people(channels.iter().map(|channel| &channel.member_id)).await?,
        };
        let nobody = Profile::default();
        channels.retain(|channel| match people.get(&channel.member_id).map(Person::profile) {
            Some(profile) => term.finds(channel, &profile),
            None => term.finds(channel, &nobody),
        });
        let capped = found.is_cut || channels.len() > MAX_FOUND;
        Ok(ChannelPage { capped, ..part_of(best_of(channels), listing) })
    }

    /// A part of all channels through the activity index, in exact order.
    ///
    /// The index knows the minute of a channel's activity only. So every minute that lies partly inside the wanted part is
    /// read whole, whatever its size, and put in order by the heads: a busy minute costs more, nothing is ever left out.
    async fn list_by_activity(&self, admin: &ActorId, listing: &Listing) -> Result<ChannelPage, Error> {
        let (totals, (channels, next)) = tokio::try_join!(self.totals(), self.newest_channels(listing))?;
        Ok(ChannelPage { channels, count: totals.channels(), capped: false, unread: Some(totals.unread_by(admin)), next })
    }

    /// The next channels by activity after a place in that list.
    pub(crate) async fn newest_channels_after(
        &self,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<(Vec<Channel>, Option<Cursor>), Error> {
        self.newest_channels(&Listing { search: None, limit, offset: 0, cursor }).await
    }

    async fn newest_channels(&self, listing: &Listing) -> Result<(Vec<Channel>, Option<Cursor>), Error> {
        let skip = if listing.cursor.is_some() { 0 } else { listing.offset };
        let from_minute = listing.cursor.as_ref().map(|cursor| Channel::minute_of(cursor.activity));
        let mut wanted = skip + listing.limit;
        loop {
            let rows = self.newest_rows(from_minute, wanted).await?;
            let minute_at = |n: usize| rows.keys.get(n).map(|(minute, _)| *minute);
            let first_minute = minute_at(skip).unwrap_or(i64::MIN);
            let passed = rows.keys.iter().take_while(|(minute, _)| *minute > first_minute).count();
            let keys: Vec<_> = rows.keys.iter().skip(passed).map(|(_, key)| key.clone()).collect();
            // Consistently: order and cursor come from the heads, and an old one would send the reader to the wrong place.
            let mut channels = self.heads(&keys, Consistency::Strong).await?;
            channels.sort_unstable_by_key(|channel| std::cmp::Reverse(Cursor::of(channel)));
            if let Some(cursor) = &listing.cursor {
                channels.retain(|channel| Cursor::of(channel) < *cursor);
            } else {
                channels.drain(..(skip - passed).min(channels.len()));
            }
            // Rows in the cursor's own minute may lie before it: with too few behind it, read further.
            if channels.len() < listing.limit && rows.more {
                wanted *= 2;
                continue;
            }
            let more = rows.more || channels.len() > listing.limit;
            channels.truncate(listing.limit);
            let next = channels.last().filter(|_| more).map(Cursor::of);
            return Ok((channels, next));
        }
    }

    /// The rows of the activity index from `from_minute` back: at least `wanted`, and the last one's minute whole.
    async fn newest_rows(&self, from_minute: Option<i64>, wanted: usize) -> Result<Rows, Error> {
        let shards = 0..self.layout().activity_shards;
        let shards = try_join_all(shards.clone().map(|shard| self.shard_rows(shard, from_minute, wanted + 1))).await?;
        let mut minutes: Vec<i64> = shards.iter().flat_map(|rows| rows.keys.iter().map(|(minute, _)| *minute)).collect();
        minutes.sort_unstable_by(|a, b| b.cmp(a));
        // With fewer than wanted no shard stopped early, so these are all.
        let edge = minutes.get(wanted.saturating_sub(1)).copied().unwrap_or(i64::MIN);
        let whole = (0..).zip(shards).map(|(shard, mut rows)| async move {
            let mut asked = wanted + 1;
            while rows.more && rows.keys.last().is_some_and(|(minute, _)| *minute >= edge) {
                asked *= 4;
                rows = self.shard_rows(shard, from_minute, asked).await?;
            }
            Ok::<_, Error>(rows)
        });
        let shards = try_join_all(whole).await?;
        let more = shards.iter().any(|rows| rows.more || rows.keys.iter().any(|(minute, _)| *minute < edge));
        let mut keys: Vec<_> = shards.into_iter().flat_map(|rows| rows.keys).filter(|(minute, _)| *minute >= edge).collect();
        keys.sort_unstable_by(|a, b| b.cmp(a));
        // The index may show a channel at its old place and at its new one.
        let mut seen = BTreeSet::new();
        keys.retain(|(_, key)| seen.insert(key.clone()));
        Ok(Rows { keys, more })
    }

    /// The newest `wanted` rows of one shard from a minute back.
    async fn shard_rows(&self, shard: u32, from_minute: Option<i64>, wanted: usize) -> Result<Rows, Error> {
        let mut keys = Vec::new();
        let mut from = None;
        loop {
            let request = self.db().query().table_name(&self.layout().chat_table).index_name(ACTIVITY_INDEX);
            let request = request
                .key_condition_expression("activity_shard = :shard AND activity_minute <= :from")
                .expression_attribute_values(":shard", number(shard))
                .expression_attribute_values(":from", number(from_minute.unwrap_or(i64::MAX)))
                .scan_index_forward(false)
                .set_limit(i32::try_from(wanted - keys.len()).ok())
                .set_exclusive_start_key(from);
            let page = request.send().await.map_err(classify)?;
            keys.extend(page.items.into_iter().flatten().filter_map(|item| {
                let minute = item.get("activity_minute")?.as_n().ok()?.parse().ok()?;
                Some((minute, keys::channel_of(item.get("pk")?.as_s().ok()?)?))
            }));
            from = page.last_evaluated_key;
            if from.is_none() || keys.len() >= wanted {
                return Ok(Rows { more: from.is_some(), keys });
            }
        }
    }

    /// Adds to channels what somebody on that side is shown with them: the newest message, from the head, or from its row where
    /// it is too long for the head; and who the people are. One more round trip, and none where there is nothing to add.
    pub async fn with_details(&self, channels: Vec<Channel>, side: Side, default_admin: &ActorId) -> Result<Vec<Listed>, Error> {
        let mut ids: BTreeSet<&ActorId> = channels.iter().map(|channel| &channel.admin_id).filter(|id| *id != default_admin).collect();
        if side == Side::Staff {
            ids.extend(channels.iter().map(|channel| &channel.member_id));
        }
        let (mut long, people) = tokio::try_join!(self.long_newest(&channels), self.people(ids))?;
        Ok(channels.into_iter().map(|channel| Listed::of(channel, &mut long, &people)).collect())
    }
}

/// Cuts the wanted part out of channels that are all at hand.
fn part_of(mut channels: Vec<Channel>, listing: &Listing) -> ChannelPage {
    let count = channels.len() as u64;
    channels.sort_unstable_by_key(|channel| std::cmp::Reverse(Cursor::of(channel)));
    if let Some(cursor) = &listing.cursor {
        channels.retain(|channel| Cursor::of(channel) < *cursor);
    } else {
        channels.drain(..listing.offset.min(channels.len()));
    }
    let more = channels.len() > listing.limit;
    channels.truncate(listing.limit);
    let next = channels.last().filter(|_| more).map(Cursor::of);
    ChannelPage { channels, count, capped: false, unread: None, next }
}

/// Rows of the activity index: the minute and the channel, newest minute first.
struct Rows {
    keys: Vec<(i64, ChannelKey)>,
    /// Whether there are rows beyond.
    more: bool,
}

#[cfg(test)]
mod tests {
    use domain::ChannelHash;

    use super::*;

    #[test]
    fn cursors_survive_print_and_parse_and_garbage_is_none() {
        let cursor = Cursor { activity: -5, key: ChannelHash::parse("direct:a:b").expect("a hash").key() };
        assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        for wrong in ["", "x", "AAAA", &BASE64URL_NOPAD.encode(b"1.short"), &BASE64URL_NOPAD.encode(b"x.aaaaaaaaaaaaaaaaaaaaaaaaaa"), "é"]
        {
            assert_eq!(Cursor::parse(wrong), None, "{wrong}");
        }
    }
}
