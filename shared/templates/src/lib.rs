//! The chat's mails and the page of their unsubscribe link, in ten languages. Pure: from plain
//! data to finished text, without addresses, a clock or AWS.
//!
//! Text that people wrote stays text: it makes no tag, starts no line and changes no direction. In
//! a subject it is only the name of a customer or an admin, for which the shop vouches.

mod calendar;
mod carried;
mod language;
mod mails;
mod marker;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod unsubscribe;

pub use askama::Error;
pub use calendar::{Event, calendar};
pub use carried::Carried;
pub use language::Language;
pub use mails::{
    Conversation, DailyDigest, Frame, Letter, MeetingReminder, NoteMention, Quoted, Said, Sender,
    Transcript, UnreadMessage, daily_digest, inbox_summary, meeting_reminder, note_mention,
    sender_name, transcript, unread_message,
};
pub use marker::{is_marker, marker};
pub use time::Zone;
pub use unsubscribe::{Page, Unsubscribe, unsubscribe_page};
