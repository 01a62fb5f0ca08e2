//! The chat's rules, pure: a function gets what it needs (the channel, the caller, the time) and returns what shall be
//! stored, or a named [`Refusal`]. Nothing here knows HTTP, DynamoDB or a clock.

mod channel;
mod ids;
mod limits;
mod message;
mod principal;
mod refusal;
mod search;
mod text;
mod time;

pub use channel::{Channel, Contribution, Deletion, Edition, MAX_MARKS, Mark, Marked, Newest, Pair, ReadUpTo, Reader};
pub use ids::{ActorId, ChannelHash, ChannelKey, ClientMessageId, EventId, GuestSecret, MAX_SEQ, MessageId, member_row_id};
pub use limits::{Opens, OpensLimit, SendLimit};
pub use message::{Change, ChangeKind, Draft, Message, MessageType};
pub use principal::{Principal, Role, Side};
pub use refusal::{Refusal, Validation};
pub use search::{SearchTerm, word_prefix, words};
pub use text::{MAX_BODY_BYTES, MAX_BODY_CHARS, MessageBody};
pub use time::Timestamp;
