//! The files of a mail become files of the channel, as if a browser had uploaded them.

use blobs::Blobs;
use domain::{
    Attachment, Channel, File, FileId, FileName, FilesLimit, MediaType, Principal, Refusal,
    Timestamp, is_plain_text,
};
use sha2::{Digest as _, Sha256};

use crate::Inbound;
use crate::accept::Refused;
use crate::mail::MailFile;
use crate::photo::Photo;

/// The files of a message.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// Those that the message takes.
    pub(crate) ids: Vec<FileId>,
    /// The number of those that were left out.
    pub(crate) dropped: usize,
}

impl Inbound {
    /// Stores the files that the shop accepts: by their bytes, size and number.
    pub(crate) async fn store_files(
        &self,
        files: Vec<MailFile>,
        mail: &[u8; 32],
        channel: &Channel,
        sender: &Principal,
        now: Timestamp,
    ) -> Result<Stored, Refused> {
        let mut stored = Stored::default();
        let config = &self.app.config.files;
        let most = usize::try_from(config.per_message).unwrap_or(usize::MAX);
        for (number, file) in files.into_iter().enumerate() {
            let kind = kind_of(&file).filter(|kind| config.types.contains(kind));
            let (Some(kind), Some(blobs)) = (kind, &self.files) else {
                stored.dropped += 1;
                continue;
            };
            let id = id_of(channel, mail, number, &file.bytes);
            let name = name_of(file.name.as_deref(), kind);
            let Photo { bytes, size } = Photo::without_camera_data(file.bytes);
            let attachment = Attachment {
                id: id.clone(),
                name,
                content_type: kind.as_str().to_owned(),
                size: bytes.len() as u64,
                width: size.map(|(width, _)| width),
                height: size.map(|(_, height)| height),
                alt: None,
            };
            let fits = (1..=config.max_bytes).contains(&attachment.size);
            if fits
                && stored.ids.len() < most
                && self.store_file(blobs, attachment, bytes, sender, channel, now).await?
            {
                stored.ids.push(id);
            } else {
                stored.dropped += 1;
            }
        }
        Ok(stored)
    }

    /// Stores one file. Returns `false` if its sender has uploaded too many. A repeated call
    /// changes nothing.
    async fn store_file(
        &self,
        blobs: &Blobs,
        attachment: Attachment,
        bytes: Vec<u8>,
        sender: &Principal,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<bool, Refused> {
        let store = &self.app.store;
        let (id, content_type) = (attachment.id.clone(), attachment.content_type.clone());
        if store.has_file(&id).await? {
            let known = store.file(&id, now).await?;
            if known.is_some_and(|known| known.is_ready()) {
                return Ok(true);
            }
        } else {
            let limit = FilesLimit { per_hour: self.app.config.files.store_per_hour };
            let announced = File::announce(attachment, sender, now);
            match store.announce_file(&channel.hash, sender, &announced, limit, now).await {
                Err(store::Error::Refused(Refusal::TooManyFiles(_))) => return Ok(false),
                done => done?,
            }
        }
        blobs.put(&id.to_string(), &content_type, bytes).await?;
        match store.mark_file_ready(&id).await {
            // It has expired, or its message is deleted.
            Err(store::Error::Refused(_)) => Ok(false),
            done => Ok(done.map(|()| true)?),
        }
    }
}

/// The type of a file, by its bytes.
fn kind_of(file: &MailFile) -> Option<MediaType> {
    let is_of = |kind: &MediaType| match kind {
        MediaType::Text => file.is_text && is_plain_text(&file.bytes),
        kind => kind.begins(&file.bytes),
    };
    MediaType::ALL.into_iter().find(is_of)
}

/// The same id for the same file of the same mail.
fn id_of(channel: &Channel, mail: &[u8; 32], number: usize, bytes: &[u8]) -> FileId {
    let mut hash = Sha256::new();
    hash.update(b"live-chat\nfile of a mail\n");
    hash.update(mail);
    hash.update(number.to_be_bytes());
    hash.update(bytes);
    let digest: [u8; 32] = hash.finalize().into();
    let mut id = [0; 16];
    id.copy_from_slice(digest.first_chunk::<16>().unwrap_or(&[0; 16]));
    FileId::from_random(channel.key(), id)
}

/// A file's name, without what no name may have.
fn name_of(name: Option<&str>, kind: MediaType) -> String {
    let name = name.unwrap_or_default();
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let legal = |c: &char| FileName::parse(c.encode_utf8(&mut [0; 4])).is_some() || *c == '.';
    let clean: String = base.chars().filter(legal).take(200).collect();
    let clean = clean.trim().to_owned();
    match FileName::parse(&clean) {
        Some(name) => name.as_str().to_owned(),
        None => format!("file.{}", kind.as_str().rsplit('/').next().unwrap_or("bin")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned() {
        let name = |name| name_of(name, MediaType::Png);
        assert_eq!(name(Some("C:\\photos\\a b.png")), "a b.png");
        assert_eq!(name(Some("../a\u{202e}gnp.png")), "agnp.png");
        assert_eq!(name(Some("..")), "file.png");
        assert_eq!(name(None), "file.png");
    }

    #[test]
    fn types_are_those_of_the_bytes() {
        let kind = |is_text, bytes: &[u8]| {
            kind_of(&MailFile { name: None, is_text, bytes: bytes.to_vec() })
        };
        assert_eq!(kind(false, b"\x89PNG\r\n\x1a\n"), Some(MediaType::Png));
        assert_eq!(kind(true, b"%PDF-1.7"), Some(MediaType::Pdf));
        assert_eq!(kind(true, b"a note"), Some(MediaType::Text));
        assert_eq!(kind(false, b"MZ\x90\x00"), None);
        assert_eq!(kind(false, b"<html>"), None);
    }
}
