//! The chat's rules, pure: a function gets what it needs (the channel, the caller, the time) and
//! returns what to store, or a named [`Refusal`]. Nothing here knows HTTP, DynamoDB or a clock.

mod channel;
mod files;
mod ids;
mod log;
mod media_type;
mod people;
mod refusal;
mod shop;
mod text;
mod time;

pub use channel::head::{
    Channel, Contribution, MAX_MARKS, Mark, Marked, NEVER_USED, Newest, Pair, ReadUpTo, Reader,
    Sum, UnreadFrom,
};
pub use channel::limits::{
    FilesLimit, NEW_ADDRESSES_PER_DAY, Opens, OpensLimit, RenamesLimit, SendLimit,
    count_transcript, count_unverified_mail,
};
pub use channel::notice::{
    Addressee, Episode, NOTICE_AFTER_MS, NOTICE_INTERVAL_MS, Notified, next_check, notice_due,
};
pub use channel::status::{Queue, Status};
pub use channel::work::{MAX_CHANNEL_LABELS, Work};
pub use files::file::{File, FileState};
pub use files::name::FileName;
pub use ids::{
    ActorId, ChannelHash, ChannelKey, ClientMessageId, EventId, FileId, GUEST_PREFIX, GuestClaim,
    GuestSecret, MAX_SEQ, MessageId, NoteId, member_row_id,
};
pub use log::attachment::{Attachment, MAX_ALT};
pub use log::away::{Asked, QUIET_MS, ReplyAway};
pub use log::card::{Amount, Card, CardKind, Price};
pub use log::change_work::{ChangeWork, CloseIdle, EndSnooze};
pub use log::decision::{Append, Decision, Guard};
pub use log::delete::{DeleteMessage, Surrounded};
pub use log::edit::EditMessage;
pub use log::entry::{Entry, Place, What};
pub use log::kind::{Audience, Facts, Kind, Meaning};
pub use log::meeting::Meeting;
pub use log::message::{Draft, Message, MessageType, Tally};
pub use log::note::{AddNote, DeleteNote, EditNote, MAX_MENTIONS, Note, NoteDraft};
pub use log::page::Page;
pub use log::rate::{MAX_COMMENT, MAX_SCORE, Rate, Rated, Rating, Score, comment};
pub use log::send::SendMessage;
pub use media_type::{FIRST_BYTES, MediaType, is_plain_text};
pub use people::email::EmailAddress;
pub use people::person::{Person, Vouched};
pub use people::principal::{Principal, Role, Side};
pub use people::profile::{MAX_NAME, MAX_URL, Profile, is_picture_url, name};
pub use people::push_subscription::{PushEndpoint, PushKeys, PushSubscription};
pub use people::roster::Roster;
pub use people::words::MAX_PERSON_WORDS;
pub use refusal::{Refusal, Validation};
pub use shop::canned::{Canned, CannedList, MAX_CANNED};
pub use shop::hours::{
    CivilDate, DAYS, Exception, Hours, MAX_EXCEPTIONS, MAX_SPANS, Span, ZoneName,
};
pub use shop::labels::{Label, LabelList, LabelSlug, MAX_LABELS};
pub use shop::reply_time::{
    ANSWERER_SLOTS, MeasuredReply, REPLY_SLOTS, ReplyTime, answerer_slot, reply_time,
};
pub use shop::settings::{
    AskEmail, MAX_QUICK_REPLIES, MAX_SETTINGS_LANGUAGES, Settings, StoredSettings,
};
pub use text::body::{
    MAX_BODY_BYTES, MAX_BODY_CHARS, MessageBody, one_line, preview, quote, without_links,
};
pub use text::language::{LanguageTag, Languages, Localized};
pub use text::search::{SearchTerm, word_prefix, words};
pub use text::url::{is_https, web_origin};
pub use time::Timestamp;
