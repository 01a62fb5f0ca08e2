//! What a push says. It names facts; the inbox's service worker has the words, in the reader's
//! language.

use domain::{Channel, ChannelKey, Message, MessageId, Note, Role, one_line};
use serde_json::json;

/// Longest name, in characters: what notifications show of a title.
const MAX_NAME: usize = 60;
/// Longest text, in characters: what notifications show.
const MAX_TEXT: usize = 120;

/// A notification, the same for all of its receivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    kind: Kind,
    /// Of the message or note. A browser shows one that it shows already without a sound.
    id: String,
    /// Its conversation.
    channel: Option<(ChannelKey, String)>,
    /// Whether a customer or a guest wrote.
    role: Option<Role>,
    name: Option<String>,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Message,
    Mention,
    Test,
}

impl Notification {
    /// A member's message. `name` is the member's.
    pub fn of_message(channel: &Channel, message: &Message, name: Option<&str>) -> Self {
        let key = channel.key();
        Self {
            kind: Kind::Message,
            id: MessageId { channel: key.clone(), seq: message.seq }.to_string(),
            channel: Some((key, channel.hash.to_string())),
            role: Some(channel.member_role()),
            name: name.map(|name| one_line(name, MAX_NAME)),
            text: one_line(&message.body, MAX_TEXT),
        }
    }

    /// A mention in a note. `name` is its author's.
    pub fn of_mention(channel: &Channel, note: &Note, name: Option<&str>) -> Self {
        let key = channel.key();
        Self {
            kind: Kind::Mention,
            id: note.id(key.clone()).to_string(),
            channel: Some((key, channel.hash.to_string())),
            role: None,
            name: name.map(|name| one_line(name, MAX_NAME)),
            text: one_line(&note.body, MAX_TEXT),
        }
    }

    /// One on trial.
    pub fn test() -> Self {
        let (id, text) = (String::new(), String::new());
        Self { kind: Kind::Test, id, channel: None, role: None, name: None, text }
    }

    /// The JSON that the service worker reads.
    pub(crate) fn json(&self, with_text: bool) -> String {
        let kind = match self.kind {
            Kind::Message => "message",
            Kind::Mention => "mention",
            Kind::Test => "test",
        };
        json!({
            "kind": kind,
            "id": self.id,
            "channel_hash": self.channel.as_ref().map(|(_, hash)| hash),
            "role": self.role.map(Role::as_str),
            "name": self.name,
            "text": (with_text && !self.text.is_empty()).then_some(&self.text),
        })
        .to_string()
    }

    /// A push that waits at the push service is replaced by one of the same topic: 32 characters of
    /// base64url at most.
    pub(crate) fn topic(&self) -> String {
        let key = self.channel.as_ref().map_or("", |(key, _)| key.as_str());
        match self.kind {
            Kind::Message => key.to_owned(),
            Kind::Mention => format!("note-{key}"),
            Kind::Test => "test".to_owned(),
        }
    }

    /// How long a push service keeps it for a browser that is offline, in seconds: an old "somebody
    /// writes" helps nobody.
    pub(crate) const fn ttl_s(&self) -> u32 {
        match self.kind {
            Kind::Message => 3_600,
            Kind::Mention => 86_400,
            Kind::Test => 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{ActorId, Pair, Timestamp};

    use super::*;
    use crate::encrypt::MAX_PLAINTEXT;

    #[test]
    fn the_text_goes_only_to_those_who_ask_for_it_and_everything_fits() {
        let id = |text: &str| ActorId::parse(text).expect("an id");
        let pair = Pair::new(id(&"x".repeat(128)), id("admin"), &id("admin")).expect("a pair");
        let now = Timestamp::from_millis(1);
        let channel = Channel::open(&pair, pair.member.clone(), now);
        let name = "\u{10348}\"".repeat(100);
        let message = Message { body: "\u{10348}\"".repeat(500), ..Message::unknown(1, now) };
        let notification = Notification::of_message(&channel, &message, Some(&name));
        let (silent, whole) = (notification.json(false), notification.json(true));
        assert!(silent.contains(r#""text":null"#) && whole.contains(r#""text":"𐍈"#), "{whole}");
        assert!(whole.len() <= MAX_PLAINTEXT, "{}", whole.len());
        assert!(notification.topic().len() <= 32);
        let note = Notification { kind: Kind::Mention, ..notification };
        assert!(note.topic().len() <= 32, "{}", note.topic());
    }
}
