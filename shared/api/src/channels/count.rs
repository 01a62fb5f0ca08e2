//! Count the conversations in the staff's queues.

use std::collections::BTreeMap;

use axum::Json;
use domain::ActorId;
use http::{Admin, ApiError, AppState, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// `{counts}`
#[derive(Serialize, ToSchema)]
pub struct CountsAnswer {
    counts: Counts,
}

/// How many conversations are in each queue of the staff. All numbers but `snoozed` count open ones
/// with a message.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    open: u64,
    /// Those whose customer or guest waits for an answer.
    waiting: u64,
    /// Those that the caller has.
    mine: u64,
    /// Those that no admin has.
    unassigned: u64,
    snoozed: u64,
    /// By the admin's id.
    by_assignee: BTreeMap<String, u64>,
    /// By the label's slug.
    by_label: BTreeMap<String, u64>,
}

impl Counts {
    /// The counts as this admin sees them.
    pub(crate) fn new(counts: store::Counts, admin: &ActorId) -> Self {
        Self {
            open: counts.open,
            waiting: counts.waiting,
            mine: counts.by_assignee.get(admin.as_str()).copied().unwrap_or_default(),
            unassigned: counts.unassigned,
            snoozed: counts.snoozed,
            by_assignee: counts.by_assignee,
            by_label: counts.by_label,
        }
    }
}

/// Counts the conversations in the staff's queues. The numbers follow a change within seconds.
#[utoipa::path(
    get, path = "", operation_id = "count_channels",
    responses((status = 200, body = CountsAnswer), Refusals)
)]
pub async fn count(app: AppState, Admin(admin): Admin) -> Result<Json<CountsAnswer>, ApiError> {
    Ok(Json(CountsAnswer { counts: Counts::new(app.store.counts().await?, &admin) }))
}
