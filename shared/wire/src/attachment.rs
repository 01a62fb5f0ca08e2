//! Files of messages.

use std::fmt;

use domain::FileId;
use serde::Serialize;

use crate::Timestamp;

/// A file of a message.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attachment {
    /// `chatfile_…`
    id: String,
    name: String,
    content_type: String,
    /// In bytes.
    size: u64,
    /// In pixels, like the height.
    width: Option<u32>,
    height: Option<u32>,
    /// What a picture shows.
    alt: Option<String>,
    #[serde(flatten)]
    link: Option<FileLink>,
}

/// The link to a file; not on the bus.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileLink {
    /// Where the file is.
    pub url: String,
    /// Until when the link leads there.
    pub expires_at: Timestamp,
}

/// Makes the links to files.
pub trait FileLinks: fmt::Debug + Sync {
    /// The link to the file of this id and name.
    fn link(&self, id: &FileId, name: &str) -> FileLink;
}

impl Attachment {
    /// The file, with a link if there is somebody to make it.
    pub fn new(file: &domain::Attachment, links: Option<&dyn FileLinks>) -> Self {
        Self {
            id: file.id.to_string(),
            name: file.name.clone(),
            content_type: file.content_type.clone(),
            size: file.size,
            width: file.width,
            height: file.height,
            alt: file.alt.clone(),
            link: links.map(|links| links.link(&file.id, &file.name)),
        }
    }
}
