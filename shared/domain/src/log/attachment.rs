//! A file that a message carries.

use serde::{Deserialize, Serialize};

use crate::ids::FileId;

/// Longest description of a picture, in characters.
pub const MAX_ALT: usize = 300;

/// A file as its message keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Attachment {
    pub id: FileId,
    pub name: String,
    /// The media type, such as `image/webp`.
    pub content_type: String,
    /// In bytes.
    pub size: u64,
    /// In pixels, like the height, if its sender knew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// What the picture shows, in the sender's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
}

impl Attachment {
    /// Whether clients show it inline.
    pub fn is_image(&self) -> bool {
        self.content_type.starts_with("image/")
    }
}
