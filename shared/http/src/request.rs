//! What requests hold: each body and query is a struct that documents itself for OpenAPI and parses
//! itself, so that nothing unchecked gets behind this file and every mistake is answered in the
//! contract's words.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use domain::{
    ActorId, Canned, CannedList, ChannelHash, ClientMessageId, Draft, EmailAddress, EventId,
    GuestSecret, MAX_CANNED, MAX_NAME, MAX_SEQ, MessageBody, MessageId, MessageType, Principal,
    Profile, ReadUpTo, Refusal, SearchTerm, Timestamp, Validation, is_picture_url, name,
};
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use store::{Cursor, Direction, Listing};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;
use crate::guard::guest_secret;

/// Largest request body, in bytes. The longest message, each character written as two escapes,
/// takes 60,000.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;
/// Most entries of a page, whatever was asked for.
const MAX_LIMIT: u64 = 100;
/// Greatest offset: beyond it, a cursor is the way.
const MAX_OFFSET: u64 = 10_000;

/// A JSON body that parses itself from its fields. An empty body is an empty object; the
/// Content-Type does not matter.
pub struct Json<T>(pub T);

/// Query parameters that parse themselves. Of a repeated parameter the first counts; unknown ones
/// are ignored.
pub struct Query<T>(pub T);

/// The channel hash in a path.
pub struct ChannelPath(pub ChannelHash);

/// The message id in a path.
pub struct MessagePath(pub MessageId);

/// The header `Idempotency-Key`: another way to give a client message id.
pub struct IdempotencyKey(Option<String>);

/// The guest's secret from its header, where a request must carry one beside a token.
pub struct GuestProof(pub GuestSecret);

/// A digest of the address from which the request came, as the gateway saw it.
pub struct Address(pub String);

/// What [`Json`] needs of a body.
pub trait FromFields: Sized {
    /// Reads the fields, or says what is wrong with one.
    fn from_fields(fields: &Fields) -> Result<Self, Validation>;
}

/// What [`Query`] needs of parameters.
pub trait FromQuery: Sized {
    /// Reads the parameters, or says what is wrong with one.
    fn from_query(query: &Params) -> Result<Self, Validation>;
}

/// Body of a new message.
#[derive(Debug, ToSchema)]
pub struct SendMessage {
    /// 1 to 5,000 characters, not blank. Stored as it comes.
    #[schema(min_length = 1, max_length = 5000, example = "Hi, is this in stock?")]
    pub body: String,
    /// `text` unless given; `message_type` is another name for it. Only staff may send `system`.
    #[schema(rename = "type", pattern = "^(text|meeting|system)$", example = "text")]
    pub message_type: Option<String>,
    /// A name for this send. The same one again, with the same body and type, answers with the
    /// message that it made; the header `Idempotency-Key` is another way to give it.
    #[schema(pattern = "^[A-Za-z0-9._-]{8,64}$")]
    pub client_message_id: Option<String>,
}

impl FromFields for SendMessage {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self {
            body: fields.text("body")?.ok_or(Validation::Required("body"))?,
            message_type: fields
                .text("type")?
                .map_or_else(|| fields.text("message_type"), |text| Ok(Some(text)))?,
            client_message_id: fields.text("client_message_id")?,
        })
    }
}

impl SendMessage {
    /// The message as `caller` wants to send it. The sender is the caller, whatever the body says.
    pub fn draft(
        self,
        caller: &Principal,
        key: IdempotencyKey,
        event_id: EventId,
    ) -> Result<Draft, Validation> {
        const FIELD: &str = "client_message_id";
        let id = self.client_message_id.or(key.0);
        let parse = |id: String| {
            ClientMessageId::parse(&id).ok_or(Validation::Form(FIELD, "8 to 64 of [A-Za-z0-9._-]"))
        };
        Ok(Draft {
            sender: caller.clone(),
            body: MessageBody::parse(self.body)?,
            message_type: MessageType::parse(self.message_type.as_deref(), caller)?,
            client_message_id: id.map(parse).transpose()?,
            event_id,
        })
    }
}

/// Body of an edit.
#[derive(Debug, ToSchema)]
pub struct EditMessage {
    /// The new text: 1 to 5,000 characters, not blank.
    #[schema(value_type = String, min_length = 1, max_length = 5000)]
    pub body: MessageBody,
}

impl FromFields for EditMessage {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let body = fields.text("body")?.ok_or(Validation::Required("body"))?;
        Ok(Self { body: MessageBody::parse(body)? })
    }
}

/// How far the caller has read: everything, unless one of these is given.
#[derive(Debug, ToSchema)]
pub struct MarkRead {
    /// Up to the newest message created at or before this instant.
    #[schema(format = "date-time")]
    pub at: Option<String>,
    /// Up to this place in the log.
    #[schema(minimum = 1)]
    pub seq: Option<u64>,
}

impl FromFields for MarkRead {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let marks = Self { at: fields.text("at")?, seq: fields.whole("seq", 1)? };
        match (&marks.at, marks.seq) {
            (Some(_), Some(_)) => Err(Validation::Both("at", "seq")),
            _ => Ok(marks),
        }
    }
}

impl MarkRead {
    /// What this asks for.
    pub fn up_to(&self) -> Result<ReadUpTo, Validation> {
        match (&self.at, self.seq) {
            (Some(at), _) => Timestamp::parse(at)
                .map(ReadUpTo::At)
                .ok_or(Validation::Form("at", "an ISO 8601 date-time with an offset")),
            (None, Some(seq)) => Ok(ReadUpTo::Seq(seq)),
            (None, None) => Ok(ReadUpTo::Everything),
        }
    }
}

/// With whom a customer or guest wants a channel.
#[derive(Debug, ToSchema)]
pub struct OpenOwnChannel {
    /// The admin; the shop's default key when absent.
    #[schema(value_type = Option<String>, example = "user_01JABC")]
    pub admin_id: Option<ActorId>,
}

impl FromFields for OpenOwnChannel {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self { admin_id: fields.actor("admin_id")? })
    }
}

/// Whose channel an admin wants.
#[derive(Debug, ToSchema)]
pub struct OpenChannel {
    /// The customer's or guest's id.
    #[schema(value_type = String, example = "cus_01JABC")]
    pub customer_id: ActorId,
    /// The admin of the pair; the caller when absent.
    #[schema(value_type = Option<String>)]
    pub admin_id: Option<ActorId>,
}

impl FromFields for OpenChannel {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let customer_id =
            fields.actor("customer_id")?.ok_or(Validation::Required("customer_id"))?;
        Ok(Self { customer_id, admin_id: fields.actor("admin_id")? })
    }
}

/// Who an admin is. What is left out stays, and `null` or an empty text takes away.
#[derive(Debug, ToSchema)]
pub struct PutAdminProfile {
    /// At most 100 characters.
    #[schema(value_type = Option<String>, max_length = 100)]
    pub first_name: Part<String>,
    /// At most 100 characters.
    #[schema(value_type = Option<String>, max_length = 100)]
    pub last_name: Part<String>,
    /// Where mail goes.
    #[schema(value_type = Option<String>)]
    pub email: Part<EmailAddress>,
    /// An `https` URL.
    #[schema(value_type = Option<String>, max_length = 2048)]
    pub avatar_url: Part<String>,
    /// Whether the daily mail is wanted.
    pub digest: Option<bool>,
}

/// Who a guest says to be. What is left out stays, and `null` or an empty text takes away.
#[derive(Clone, Debug, ToSchema)]
pub struct PutGuestProfile {
    /// At most 100 characters.
    #[schema(value_type = Option<String>, max_length = 100)]
    pub first_name: Part<String>,
    /// At most 100 characters.
    #[schema(value_type = Option<String>, max_length = 100)]
    pub last_name: Part<String>,
    /// Shown to staff as unverified; no mail ever goes there.
    #[schema(value_type = Option<String>)]
    pub email: Part<EmailAddress>,
}

/// What a request says of one part of a profile.
#[derive(Clone, Debug)]
pub enum Part<T> {
    /// Nothing: it stays as it is.
    Keep,
    /// That it shall be this, or be gone.
    Set(Option<T>),
}

impl<T: Clone> Part<T> {
    fn apply(self, to: &mut Option<T>) {
        if let Self::Set(value) = self {
            *to = value;
        }
    }
}

impl FromFields for PutAdminProfile {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let PutGuestProfile { first_name, last_name, email } =
            PutGuestProfile::from_fields(fields)?;
        Ok(Self {
            first_name,
            last_name,
            email,
            avatar_url: fields.part("avatar_url", |text| {
                is_picture_url(&text)
                    .then_some(Some(text))
                    .ok_or(Validation::Form("avatar_url", "an https URL"))
            })?,
            digest: fields.flag("digest")?,
        })
    }
}

impl PutAdminProfile {
    /// The profile as it shall be.
    pub fn change(self, own: &Profile) -> Profile {
        let Self { first_name, last_name, email, avatar_url, digest: _ } = self;
        let mut own = PutGuestProfile { first_name, last_name, email }.change(own);
        avatar_url.apply(&mut own.avatar_url);
        own
    }
}

impl FromFields for PutGuestProfile {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let (first_name, last_name) = (fields.name("first_name")?, fields.name("last_name")?);
        Ok(Self { first_name, last_name, email: fields.email("email")? })
    }
}

impl PutGuestProfile {
    /// The profile as it shall be.
    pub fn change(self, own: &Profile) -> Profile {
        let mut own = own.clone();
        self.first_name.apply(&mut own.first_name);
        self.last_name.apply(&mut own.last_name);
        self.email.apply(&mut own.email);
        own
    }
}

/// The shop's canned answers: all of them, in their order.
#[derive(Debug, ToSchema)]
pub struct PutCanned {
    /// At most 100.
    #[schema(max_items = 100)]
    pub canned: Vec<CannedEntry>,
}

/// One of the shop's canned answers.
#[derive(Debug, ToSchema)]
pub struct CannedEntry {
    /// What is typed to get it. Kept in lower case, and no two may be the same.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,32}$", example = "hours")]
    pub shortcut: String,
    /// 1 to 5,000 characters, not blank.
    #[schema(min_length = 1, max_length = 5000, example = "We are here from 9 to 5.")]
    pub text: String,
}

impl FromFields for CannedEntry {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let text = |field: &'static str| fields.text(field)?.ok_or(Validation::Required(field));
        Ok(Self { shortcut: text("shortcut")?, text: text("text")? })
    }
}

impl FromFields for PutCanned {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self { canned: fields.list(CANNED, MAX_CANNED)?.ok_or(Validation::Required(CANNED))? })
    }
}

/// The name of the one field of [`PutCanned`].
const CANNED: &str = "canned";

impl PutCanned {
    /// The list as it shall be.
    pub fn list(self) -> Result<CannedList, Validation> {
        let parse = |(index, entry): (usize, CannedEntry)| {
            Canned::parse(&entry.shortcut, entry.text)
                .map_err(|error| of_entry(CANNED, index, error))
        };
        CannedList::new(self.canned.into_iter().enumerate().map(parse).collect::<Result<_, _>>()?)
    }
}

fn of_entry(list: &'static str, index: usize, error: Validation) -> Validation {
    Validation::Entry { list, index, error: Box::new(error) }
}

/// Which part of a list of channels.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListChannels {
    /// The start of an id, of a word of a name or e-mail address, or of a channel hash, at least 3
    /// characters; `q` is another name for it.
    pub search: Option<String>,
    /// At most this many; more than 100 is 100.
    #[param(minimum = 1, default = 20)]
    pub limit: Option<u64>,
    /// How many to pass over.
    #[param(maximum = 10000, default = 0)]
    pub offset: Option<u64>,
    /// `next_cursor` of the part before; `offset` is not looked at then.
    pub cursor: Option<String>,
}

impl FromQuery for ListChannels {
    fn from_query(query: &Params) -> Result<Self, Validation> {
        Ok(Self {
            search: query
                .text("search")
                .filter(|text| !text.is_empty())
                .or_else(|| query.text("q"))
                .map(str::to_owned),
            limit: query.whole("limit", 1)?,
            offset: query.whole("offset", 0)?,
            cursor: query.text("cursor").map(str::to_owned),
        })
    }
}

impl ListChannels {
    /// What this asks for.
    pub fn listing(&self) -> Result<Listing, Validation> {
        let offset = self.offset.unwrap_or(0);
        let cursor = self.cursor.as_deref().filter(|text| !text.is_empty());
        if offset > MAX_OFFSET && cursor.is_none() {
            return Err(Validation::TooBig("offset", MAX_OFFSET));
        }
        let parse = |text: &str| {
            Cursor::parse(text).ok_or(Validation::Form("cursor", "a next_cursor of this list"))
        };
        Ok(Listing {
            search: self.search.as_deref().map_or(Ok(None), SearchTerm::parse)?,
            limit: page_size(self.limit, 20),
            offset: usize::try_from(offset).unwrap_or_default(),
            cursor: cursor.map(parse).transpose()?,
        })
    }
}

/// Which page of messages.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListMessages {
    /// Where to go on: a `next_cursor` or `prev_cursor`, a seq, or the id of a message of this
    /// channel. Not included.
    pub cursor: Option<String>,
    /// `before` (towards older messages) or `after`.
    #[param(default = "before")]
    pub direction: Option<String>,
    /// At most this many; more than 100 is 100.
    #[param(minimum = 1, default = 50)]
    pub limit: Option<u64>,
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

impl ListMessages {
    /// What this asks for in this channel.
    pub fn page(
        &self,
        hash: &ChannelHash,
        with_deleted: bool,
    ) -> Result<store::PageQuery, Validation> {
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
        Ok(store::PageQuery {
            direction,
            cursor: self
                .cursor
                .as_deref()
                .filter(|text| !text.is_empty())
                .map(seq_of)
                .transpose()?,
            limit: page_size(self.limit, 50),
            with_deleted,
        })
    }
}

/// Whether deleted messages are wanted too: admins only.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WithDeleted {
    /// `true` shows deleted messages as tombstones: `deleted_at` set, body empty.
    #[param(default = false)]
    pub with_deleted: bool,
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

/// Which piece of the log.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListEvents {
    /// The last seq that the client has; 0 for the whole log.
    #[param(default = 0)]
    pub after: Option<u64>,
    /// At most this many; more than 100 is 100.
    #[param(minimum = 1, default = 100)]
    pub limit: Option<u64>,
}

impl FromQuery for ListEvents {
    fn from_query(query: &Params) -> Result<Self, Validation> {
        Ok(Self { after: query.whole("after", 0)?, limit: query.whole("limit", 1)? })
    }
}

impl ListEvents {
    /// The seq to begin behind, and how many at most.
    pub fn piece(&self) -> (u64, usize) {
        (self.after.unwrap_or(0), page_size(self.limit, 100))
    }
}

fn page_size(asked: Option<u64>, default: u64) -> usize {
    usize::try_from(asked.unwrap_or(default).min(MAX_LIMIT)).unwrap_or_default()
}

/// The fields of a JSON object. A field that is `null` counts as absent, except where it is
/// required: then its type is wrong.
pub struct Fields(Map<String, Value>);

impl Fields {
    fn of_body(body: &[u8]) -> Result<Self, Validation> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(body) {
            Ok(value) => Self::of_value(value),
            Err(_) => Err(Validation::NotJson),
        }
    }

    fn of_value(value: Value) -> Result<Self, Validation> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            other => Err(Validation::NotAnObject(type_of(&other))),
        }
    }

    /// A list of at most so many objects.
    fn list<T: FromFields>(
        &self,
        field: &'static str,
        most: usize,
    ) -> Result<Option<Vec<T>>, Validation> {
        let entries = match self.0.get(field) {
            None => return Ok(None),
            Some(Value::Array(entries)) if entries.len() <= most => entries,
            Some(Value::Array(_)) => return Err(Validation::TooBig(field, most as u64)),
            Some(other) => {
                return Err(Validation::Type { field, expected: "array", got: type_of(other) });
            }
        };
        let read = |entry: &Value| T::from_fields(&Self::of_value(entry.clone())?);
        let entries = entries
            .iter()
            .enumerate()
            .map(|(index, entry)| read(entry).map_err(|error| of_entry(field, index, error)));
        Ok(Some(entries.collect::<Result<_, _>>()?))
    }

    fn text(&self, field: &'static str) -> Result<Option<String>, Validation> {
        match self.0.get(field) {
            None => Ok(None),
            Some(Value::Null) if field != "body" => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(Validation::Type { field, expected: "string", got: type_of(other) }),
        }
    }

    fn actor(&self, field: &'static str) -> Result<Option<ActorId>, Validation> {
        let parse = |text: String| {
            ActorId::parse(&text).ok_or(Validation::Form(field, "1 to 128 of [A-Za-z0-9_-]"))
        };
        self.text(field)?.map(parse).transpose()
    }

    fn flag(&self, field: &'static str) -> Result<Option<bool>, Validation> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => {
                Err(Validation::Type { field, expected: "boolean", got: type_of(other) })
            }
        }
    }

    /// A part of a profile; `parse` may find that a text says nothing.
    fn part<T>(
        &self,
        field: &'static str,
        parse: impl FnOnce(String) -> Result<Option<T>, Validation>,
    ) -> Result<Part<T>, Validation> {
        if !self.0.contains_key(field) {
            return Ok(Part::Keep);
        }
        let text = self.text(field)?.filter(|text| !text.trim().is_empty());
        Ok(Part::Set(text.map(parse).transpose()?.flatten()))
    }

    fn name(&self, field: &'static str) -> Result<Part<String>, Validation> {
        self.part(field, |text| {
            if text.chars().count() > MAX_NAME {
                Err(Validation::TooBig(field, MAX_NAME as u64))
            } else {
                Ok(name(&text))
            }
        })
    }

    fn email(&self, field: &'static str) -> Result<Part<EmailAddress>, Validation> {
        self.part(field, |text| {
            EmailAddress::parse(text.trim())
                .map(Some)
                .ok_or(Validation::Form(field, "an e-mail address"))
        })
    }

    fn whole(&self, field: &'static str, least: u64) -> Result<Option<u64>, Validation> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => match (number.as_u64(), number.as_f64()) {
                (Some(whole), _) if whole >= least => Ok(Some(whole)),
                // Written with a point or an exponent, or beyond 64 bits: as great as it is, or as
                // can be.
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whole and positive; casting saturates"
                )]
                (None, Some(float)) if float.fract() == 0.0 && float >= 0.0 => Some(float as u64)
                    .filter(|whole| *whole >= least)
                    .map(Some)
                    .ok_or(Validation::TooSmall(field, least)),
                (None, Some(float)) if float.fract() != 0.0 => {
                    Err(Validation::Type { field, expected: "integer", got: "number" })
                }
                _ => Err(Validation::TooSmall(field, least)),
            },
            Some(other) => Err(Validation::Type { field, expected: "number", got: type_of(other) }),
        }
    }
}

/// Query parameters, percent-decoded.
pub struct Params(BTreeMap<String, String>);

impl Params {
    fn of_query(query: &str) -> Self {
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            params.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self(params)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn whole(&self, field: &'static str, least: u64) -> Result<Option<u64>, Validation> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Validation::Type { field, expected: "number", got: "string" });
        }
        // More digits than fit: as great, or as small, as can be.
        let value = if text.starts_with('-') { 0 } else { text.parse().unwrap_or(u64::MAX) };
        let below = value < least || (text.starts_with('-') && digits.bytes().any(|b| b != b'0'));
        if below { Err(Validation::TooSmall(field, least)) } else { Ok(Some(value)) }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

impl<T: FromFields, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        // The guard has looked at its size.
        let body = Bytes::from_request(request, state).await.map_err(|_| Refusal::TooLarge)?;
        Ok(Self(T::from_fields(&Fields::of_body(&body)?)?))
    }
}

impl<T: FromQuery, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(T::from_query(&Params::of_query(parts.uri.query().unwrap_or_default()))?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ChannelPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = path_part(parts, state).await?;
        let hash = ChannelHash::parse(&text);
        Ok(Self(hash.ok_or(Refusal::NoChannel(text))?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MessagePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = path_part(parts, state).await?;
        let id = MessageId::parse(&text);
        Ok(Self(id.ok_or(Refusal::NoMessage(text))?))
    }
}

async fn path_part<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<String, ApiError> {
    let Path(text) =
        Path::<String>::from_request_parts(parts, state).await.map_err(|_| Refusal::NoRoute)?;
    Ok(text)
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // What is no text is no key either: an empty one is refused like any malformed one.
        Ok(Self(
            parts
                .headers
                .get("idempotency-key")
                .map(|value| value.to_str().unwrap_or_default().to_owned()),
        ))
    }
}

impl<S: Sync> FromRequestParts<S> for GuestProof {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(proof(&parts.headers)?))
    }
}

fn proof(headers: &HeaderMap) -> Result<GuestSecret, Refusal> {
    guest_secret(headers)?.ok_or(Refusal::InvalidGuest)
}

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // The gateway's own view: `X-Forwarded-For` can be made up.
        let address = match parts.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => {
                context.http.source_ip.clone().unwrap_or_default()
            }
            _ => String::new(),
        };
        let digest = data_encoding::BASE32_NOPAD
            .encode(&Sha256::digest(address.as_bytes()))
            .to_ascii_lowercase();
        Ok(Self(digest.get(..26).unwrap_or_default().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        Fields::of_body(text.as_bytes()).expect("an object")
    }

    #[test]
    fn bodies_speak_in_the_words_of_the_contract() {
        let refused =
            |text: &str| SendMessage::from_fields(&fields(text)).expect_err("refused").to_string();
        assert_eq!(refused("{}"), "Invalid request: Field 'body' is required");
        assert_eq!(refused(""), "Invalid request: Field 'body' is required");
        assert_eq!(
            refused(r#"{"body":7}"#),
            "Invalid request: Expected type: 'string' for field 'body', got: 'number'"
        );
        assert_eq!(
            refused(r#"{"body":null}"#),
            "Invalid request: Expected type: 'string' for field 'body', got: 'null'"
        );
        let broken = Fields::of_body(b"{").err().expect("refused").to_string();
        assert_eq!(broken, "Invalid request: Body is not valid JSON");
        let array = Fields::of_body(b"[]").err().expect("refused").to_string();
        assert_eq!(array, "Invalid request: Expected type: 'object', got: 'array'");
    }

    #[test]
    fn limits_are_whole_numbers_from_one_up() {
        let limit = |query: &str| {
            ListEvents::from_query(&Params::of_query(query)).map(|list| list.piece().1)
        };
        assert_eq!(limit(""), Ok(100));
        assert_eq!(limit("limit=7"), Ok(7));
        assert_eq!(limit("limit=101"), Ok(100));
        assert_eq!(limit("limit=99999999999999999999999"), Ok(100));
        assert_eq!(limit("limit=5&limit=6"), Ok(5));
        for small in ["limit=0", "limit=-1", "limit=-99999999999999999999999"] {
            assert_eq!(limit(small), Err(Validation::TooSmall("limit", 1)), "{small}");
        }
        for wrong in ["limit=", "limit=x", "limit=1.5", "limit=1e3", "limit=+1", "limit=-"] {
            assert_eq!(
                limit(wrong),
                Err(Validation::Type { field: "limit", expected: "number", got: "string" }),
                "{wrong}"
            );
        }
    }

    #[test]
    fn seqs_of_a_read() {
        let read = |text: &str| MarkRead::from_fields(&fields(text)).and_then(|read| read.up_to());
        assert_eq!(read(""), Ok(ReadUpTo::Everything));
        assert_eq!(read(r#"{"seq":3}"#), Ok(ReadUpTo::Seq(3)));
        assert_eq!(
            read(r#"{"at":"2026-03-26T12:00:00Z"}"#),
            Ok(ReadUpTo::At(Timestamp::from_millis(1_774_526_400_000)))
        );
        assert_eq!(read(r#"{"seq":0}"#), Err(Validation::TooSmall("seq", 1)));
        assert_eq!(read(r#"{"seq":-3}"#), Err(Validation::TooSmall("seq", 1)));
        assert_eq!(read(r#"{"seq":1e300}"#), Ok(ReadUpTo::Seq(u64::MAX)));
        assert_eq!(read(r#"{"seq":2.0}"#), Ok(ReadUpTo::Seq(2)));
        assert_eq!(read(r#"{"seq":1e3}"#), Ok(ReadUpTo::Seq(1_000)));
        assert_eq!(read(r#"{"seq":0.0}"#), Err(Validation::TooSmall("seq", 1)));
        for wrong in [
            r#"{"seq":1.5}"#,
            r#"{"seq":"3"}"#,
            r#"{"at":"yesterday"}"#,
            r#"{"at":3}"#,
            r#"{"at":"2026-03-26T12:00:00Z","seq":3}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn message_cursors_are_seqs_or_ids_of_this_channel() {
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
