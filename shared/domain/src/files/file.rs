//! A file from its announcement until a message takes it.

use std::collections::BTreeMap;

use crate::channel::head::Reader;
use crate::ids::FileId;
use crate::log::attachment::Attachment;
use crate::log::message::Draft;
use crate::people::principal::Principal;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// How long a file may wait for its message, in milliseconds: six days. The table removes its item
/// within two more. The bucket keeps the bytes for seven, so that a message which takes the file in
/// the last moment still finds them.
const UNUSED_MS: i64 = 6 * 24 * 3_600_000;

/// A file of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What its message shows of it.
    pub attachment: Attachment,
    /// Whose file it is: the member's side is one person, before and after a claim.
    pub owner: Reader,
    /// How far it is.
    pub state: FileState,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It may be uploaded. Its item expires at this time.
    Announced(Timestamp),
    /// Its bytes are there and checked. Its item expires at this time.
    Ready(Timestamp),
    /// The message with this seq has it.
    Taken(u64),
}

impl File {
    /// A new file of `owner`.
    pub fn announce(attachment: Attachment, owner: &Principal, now: Timestamp) -> Self {
        let state = FileState::Announced(now.plus_millis(UNUSED_MS));
        Self { attachment, owner: Reader::of(owner), state }
    }

    /// Whether it is the caller's. The channel's membership is checked elsewhere.
    pub fn is_own(&self, caller: &Principal) -> bool {
        self.owner == Reader::of(caller)
    }

    /// Whether its bytes were checked.
    pub const fn is_ready(&self) -> bool {
        !matches!(self.state, FileState::Announced(_))
    }

    /// The same file with checked bytes.
    #[must_use]
    pub fn into_ready(self) -> Self {
        let state = match self.state {
            FileState::Announced(until) => FileState::Ready(until),
            state => state,
        };
        Self { state, ..self }
    }

    /// Whether it waited too long for a message. The table removes its item later.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        match self.state {
            FileState::Announced(until) | FileState::Ready(until) => until <= now,
            FileState::Taken(_) => false,
        }
    }

    /// Whether a message of `sender` may take it.
    fn can_be_taken(&self, sender: &Principal, now: Timestamp) -> bool {
        let is_ready = matches!(self.state, FileState::Ready(_));
        is_ready && self.is_own(sender) && !self.has_expired(now)
    }
}

impl Draft {
    /// The draft's files as attachments, in its order. `files` are those that the channel has.
    pub fn attachments(
        &self,
        files: &BTreeMap<FileId, File>,
        now: Timestamp,
    ) -> Result<Vec<Attachment>, Refusal> {
        let mut taken: Vec<Attachment> = Vec::new();
        for id in &self.files {
            let file = files.get(id).filter(|file| file.can_be_taken(&self.sender, now));
            let is_repeated = taken.iter().any(|earlier| earlier.id == *id);
            let file = file.filter(|_| !is_repeated).ok_or(Refusal::UnusableFile)?;
            taken.push(file.attachment.clone());
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EventId;
    use crate::log::fixtures::{admin, at, channel, customer, guest};
    use crate::text::body::MessageBody;

    fn id(number: u8) -> FileId {
        FileId::from_random(channel().key(), [number; 16])
    }

    fn file(number: u8, owner: &Principal) -> File {
        let attachment = Attachment {
            id: id(number),
            name: "teapot.jpg".to_owned(),
            content_type: "image/jpeg".to_owned(),
            size: 7,
            width: None,
            height: None,
            alt: None,
        };
        File::announce(attachment, owner, at(0))
    }

    fn ready(number: u8, owner: &Principal) -> File {
        file(number, owner).into_ready()
    }

    fn taken(sender: &Principal, numbers: &[u8], files: &[File], now: i64) -> bool {
        let body = MessageBody::none();
        let mut draft = Draft::text(sender.clone(), body, EventId::from_random([1; 16]));
        draft.files = numbers.iter().map(|number| id(*number)).collect();
        let files = files.iter().map(|file| (file.attachment.id.clone(), file.clone())).collect();
        let attachments = draft.attachments(&files, at(now));
        assert!(attachments.as_ref().err().is_none_or(|error| *error == Refusal::UnusableFile));
        attachments.is_ok_and(|all| all.iter().map(|one| &one.id).eq(&draft.files))
    }

    #[test]
    fn a_message_takes_ready_files_of_its_sender_each_once() {
        let files = [ready(1, &customer()), ready(2, &guest()), file(3, &customer())];
        assert!(taken(&customer(), &[], &files, 0) && taken(&customer(), &[2, 1], &files, 0));
        assert!(!taken(&customer(), &[1, 1], &files, 0), "twice");
        assert!(!taken(&customer(), &[3], &files, 0), "not uploaded");
        assert!(!taken(&customer(), &[1, 9], &files, 0), "unknown");
        assert!(!taken(&admin(), &[1], &files, 0), "another's");
        let files = [File { state: FileState::Taken(4), ..ready(1, &customer()) }];
        assert!(!taken(&customer(), &[1], &files, 0), "of another message");
    }

    #[test]
    fn a_file_waits_six_days() {
        let files = [ready(1, &admin())];
        assert!(taken(&admin(), &[1], &files, UNUSED_MS - 1));
        assert!(!taken(&admin(), &[1], &files, UNUSED_MS));
    }
}
