//! List a page of a channel's messages.

use axum::Json;
use domain::{ChannelHash, MAX_SEQ, MessageId, Principal, Roster, Validation};
use http::{
    ApiError, AppState, Caller, ChannelPath, FromQuery, Params, Query, Refusals, page_size,
};
use serde::Serialize;
use store::{Direction, Page, PageQuery};
use utoipa::{IntoParams, ToSchema};
use wire::{FileLinks, members};

/// Which page of messages.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListMessages {
    /// Where to go on: a `next_cursor` or `prev_cursor`, a seq, or the id of a message of this
    /// channel. Not included.
    cursor: Option<String>,
    /// `before` (towards older messages) or `after`.
    #[param(default = "before")]
    direction: Option<String>,
    /// At most this many; more than 100 is 100.
    #[param(minimum = 1, default = 50)]
    limit: Option<u64>,
}

/// Whether to include deleted messages: admins only.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WithDeleted {
    /// `true` shows deleted messages as tombstones: `deleted_at` set, body empty.
    #[param(default = false)]
    with_deleted: bool,
}

/// `{messages, limit, has_more, next_cursor, prev_cursor, last_seq, members}`
#[derive(Serialize, ToSchema)]
pub struct MessagesAnswer {
    /// Oldest first.
    messages: Vec<wire::Message>,
    limit: usize,
    /// Whether there are more in this direction.
    has_more: bool,
    /// Continues in this direction; null at the end.
    next_cursor: Option<String>,
    /// Continues in the other direction.
    prev_cursor: Option<String>,
    /// The seq of the log's last entry.
    last_seq: u64,
    members: Vec<wire::Member>,
}

impl FromQuery for ListMessages {
    fn from_query(query: &Params) -> Result<Self, Validation> {
        Ok(Self {
            cursor: query.text("cursor").map(str::to_owned),
            direction: query.text("direction").map(str::to_owned),
            limit: query.whole("limit", 1)?,
        })
    }
}

impl FromQuery for WithDeleted {
    fn from_query(query: &Params) -> Result<Self, Validation> {
        match query.text("with_deleted") {
            None | Some("" | "false") => Ok(Self { with_deleted: false }),
            Some("true") => Ok(Self { with_deleted: true }),
            Some(other) => Err(Validation::OneOf {
                field: "with_deleted",
                allowed: "true, false",
                got: other.to_owned(),
            }),
        }
    }
}

impl ListMessages {
    fn page(&self, hash: &ChannelHash, with_deleted: bool) -> Result<PageQuery, Validation> {
        let direction = match self.direction.as_deref() {
            None | Some("" | "before") => Direction::Before,
            Some("after") => Direction::After,
            Some(other) => {
                return Err(Validation::OneOf {
                    field: "direction",
                    allowed: "before, after",
                    got: other.to_owned(),
                });
            }
        };
        let seq_of = |text: &str| {
            let seq = text
                .parse()
                .ok()
                .filter(|seq| *seq <= MAX_SEQ && text.bytes().all(|b| b.is_ascii_digit()));
            let of_message =
                || MessageId::parse(text).filter(|id| id.channel == hash.key()).map(|id| id.seq);
            seq.or_else(of_message)
                .ok_or(Validation::Form("cursor", "a seq or the id of a message of this channel"))
        };
        let cursor = self.cursor.as_deref().filter(|text| !text.is_empty());
        Ok(PageQuery {
            direction,
            cursor: cursor.map(seq_of).transpose()?,
            limit: page_size(self.limit, 50),
            with_deleted,
        })
    }
}

impl MessagesAnswer {
    fn new(
        page: &Page,
        query: &PageQuery,
        caller: &Principal,
        roster: &Roster,
        links: Option<&dyn FileLinks>,
    ) -> Self {
        let Page { channel, messages, .. } = page;
        let first = messages.first().map(|message| message.seq);
        let last = messages.last().map(|message| message.seq);
        let (onward, back) = match query.direction {
            Direction::Before => (first, last),
            Direction::After => (last, first),
        };
        Self {
            messages: messages
                .iter()
                .map(|message| wire::Message::new(channel, message, Some(caller), roster, links))
                .collect(),
            limit: query.limit,
            has_more: page.has_more,
            next_cursor: onward.filter(|_| page.has_more).map(|seq| seq.to_string()),
            // An empty page has no edge of its own: the way back begins at the cursor.
            prev_cursor: back.or(query.cursor).map(|seq| seq.to_string()),
            last_seq: channel.last_seq,
            members: members(channel, caller.side()),
        }
    }
}

/// Lists a page of messages, oldest first: the newest page unless a cursor says otherwise.
#[utoipa::path(
    get, path = "", operation_id = "list_messages",
    params(("channel_hash" = String, Path), ListMessages),
    responses((status = 200, body = MessagesAnswer), Refusals)
)]
pub async fn list(
    app: AppState,
    Caller(caller): Caller,
    ChannelPath(hash): ChannelPath,
    Query(query): Query<ListMessages>,
) -> Result<Json<MessagesAnswer>, ApiError> {
    respond(&app, &hash, &caller, query.page(&hash, false)?).await
}

/// Lists a page of any channel's messages, oldest first: the newest page unless a cursor says
/// otherwise.
#[utoipa::path(
    get, path = "", operation_id = "list_messages",
    params(("channel_hash" = String, Path), ListMessages, WithDeleted),
    responses((status = 200, body = MessagesAnswer), Refusals)
)]
pub async fn list_with_deleted(
    app: AppState,
    Caller(caller): Caller,
    ChannelPath(hash): ChannelPath,
    Query(query): Query<ListMessages>,
    Query(deleted): Query<WithDeleted>,
) -> Result<Json<MessagesAnswer>, ApiError> {
    respond(&app, &hash, &caller, query.page(&hash, deleted.with_deleted)?).await
}

async fn respond(
    app: &AppState,
    hash: &ChannelHash,
    caller: &Principal,
    query: PageQuery,
) -> Result<Json<MessagesAnswer>, ApiError> {
    let (page, roster) =
        tokio::join!(app.store.page(hash, caller, query), app.store.roster(app.clock.now()));
    let page = page?;
    let links = app.file_links(&page.messages).await;
    let links = links.as_ref().map(|links| links as &dyn FileLinks);
    Ok(Json(MessagesAnswer::new(&page, &query, caller, &roster, links)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_seqs_or_ids_of_this_channel() {
        let hash = ChannelHash::parse("direct:a:b").expect("a hash");
        let cursor = |text: &str| {
            let list = ListMessages { cursor: Some(text.to_owned()), direction: None, limit: None };
            list.page(&hash, false).map(|page| page.cursor)
        };
        assert_eq!(cursor("12"), Ok(Some(12)));
        assert_eq!(cursor(""), Ok(None));
        assert_eq!(cursor(&MessageId { channel: hash.key(), seq: 3 }.to_string()), Ok(Some(3)));
        let other = ChannelHash::parse("direct:a:c").expect("a hash");
        for wrong in [
            "x",
            "-1",
            "+1",
            "1.0",
            "9999999999999",
            &MessageId { channel: other.key(), seq: 3 }.to_string(),
        ] {
            assert!(cursor(wrong).is_err(), "{wrong}");
        }
    }
}
