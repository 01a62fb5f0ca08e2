//! Links to the files of messages.

use domain::{FileId, Message};
use wire::{FileLink, FileLinks};

use crate::app::App;

/// Signs links to files.
#[derive(Debug)]
pub enum SignedLinks {}

impl FileLinks for SignedLinks {
    fn link(&self, _id: &FileId, _name: &str) -> FileLink {
        match *self {}
    }
}

impl App {
    /// What signs the links to the files of these messages; `None` if they have none.
    #[expect(clippy::unused_async, reason = "the key is read here")]
    pub async fn file_links<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a Message>,
    ) -> Option<SignedLinks> {
        messages.into_iter().any(|message| !message.attachments.is_empty());
        None
    }
}
