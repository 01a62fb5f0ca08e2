//! The shop's canned answers.

mod list;
mod replace;

pub use list::*;
pub use replace::*;

use domain::CannedList;
use serde::Serialize;
use utoipa::ToSchema;

/// `{canned}`
#[derive(Serialize, ToSchema)]
pub struct CannedAnswer {
    /// In the order in which they were given.
    canned: Vec<wire::Canned>,
}

impl CannedAnswer {
    fn new(list: &CannedList) -> Self {
        Self { canned: list.iter().map(Into::into).collect() }
    }
}
