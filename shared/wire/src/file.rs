//! Files before a message has them.

use serde::Serialize;

use crate::{Attachment, FileLinks};

/// A file that a message may have.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct File {
    #[serde(flatten)]
    attachment: Attachment,
    /// `announced`, or `ready` once its bytes are there and checked.
    state: &'static str,
}

impl File {
    /// The file, with a link if there is somebody to make it.
    pub fn new(file: &domain::File, links: Option<&dyn FileLinks>) -> Self {
        let state = if file.is_ready() { "ready" } else { "announced" };
        Self { attachment: Attachment::new(&file.attachment, links), state }
    }
}
