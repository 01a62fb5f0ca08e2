//! Files: announced, uploaded to S3 by the browser, completed, and loaded by links.

mod announce;
mod complete;
mod follow_link;
mod objects;

pub use announce::*;
pub use complete::*;
pub use follow_link::*;
pub use objects::*;

use domain::File;
use serde::Serialize;
use utoipa::ToSchema;

/// `{file}`
#[derive(Serialize, ToSchema)]
pub struct FileAnswer {
    file: wire::File,
}

impl FileAnswer {
    /// A file without a link, or with one.
    fn new(file: &File, links: Option<&app::FileLinks>) -> Self {
        let links = links.map(|links| links as &dyn wire::FileLinks);
        Self { file: wire::File::new(file, links) }
    }
}
