//! What clients read: the objects of responses and pushes, made from the domain's.
//!
//! One file per object of `docs/api.md`. A field's Rust type is its type in the OpenAPI document,
//! which the feature `openapi` adds.

mod attachment;
mod availability;
mod canned;
mod card;
mod channel;
mod envelope;
mod file;
mod label;
mod meeting;
mod member;
mod message;
mod note;
mod person;
mod push_subscription;
mod rating;
mod reply_time;
mod settings;
mod staff_entry;
mod time;

pub use attachment::{Attachment, FileLink, FileLinks};
pub use availability::{Availability, StaffMember};
pub use canned::Canned;
pub use card::{Card, Price};
pub use channel::{Channel, ChannelCore, Known};
pub use envelope::{
    Envelope, Hint, PONG, Payload, error_frame, hint_frame, presence_frame, staff_presence_frame,
};
pub use file::File;
pub use label::Label;
pub use meeting::Meeting;
pub use member::{Member, members};
pub use message::{Message, Page};
pub use note::Note;
pub use person::{Admin, AdminProfile, Customer, GuestProfile};
pub use push_subscription::PushSubscription;
pub use rating::Rating;
pub use reply_time::ReplyTime;
pub use settings::{Exception, Hours, Settings, Span};
pub use staff_entry::StaffEntry;
pub use time::Timestamp;
