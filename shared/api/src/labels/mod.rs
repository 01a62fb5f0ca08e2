//! The shop's labels.

mod list;
mod replace;

pub use list::*;
pub use replace::*;

use domain::LabelList;
use serde::Serialize;
use utoipa::ToSchema;

/// `{labels, version}`
#[derive(Serialize, ToSchema)]
pub struct LabelsAnswer {
    labels: Vec<wire::Label>,
    /// How often the list was replaced: the next replacement names it.
    version: u64,
}

impl LabelsAnswer {
    fn new(list: &LabelList, version: u64) -> Self {
        Self { labels: list.iter().map(Into::into).collect(), version }
    }
}
