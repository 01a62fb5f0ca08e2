//! Change the staff's work on a channel.

use std::collections::BTreeSet;

use axum::Json;
use domain::{
    ActorId, ChangeWork, LabelSlug, MAX_CHANNEL_LABELS, Principal, Queue, Status, Validation,
};
use http::{Admin, ApiError, AppState, Body, ChannelPath, Fields, FromFields, Refusals, in_entry};
use utoipa::ToSchema;

use super::{ChannelAnswer, present_done};

/// What to change; what is absent stays.
#[derive(Debug, ToSchema)]
pub struct ChangeChannel {
    /// `open`, `snoozed` or `closed`.
    #[schema(value_type = Option<String>, pattern = "^(open|snoozed|closed)$")]
    status: Option<Status>,
    /// With `snoozed`: when the snooze ends, at most a year from now.
    #[schema(value_type = Option<String>, format = "date-time")]
    #[expect(dead_code, reason = "part of the status; the OpenAPI document shows it")]
    snoozed_until: Option<String>,
    /// The admin who has the conversation; null for nobody.
    #[schema(value_type = Option<String>)]
    #[expect(clippy::option_option, reason = "absent and null mean different things")]
    assignee_id: Option<Option<ActorId>>,
    /// The slugs of all its labels, at most 10: the shop's, and those that it has already.
    #[schema(value_type = Option<Vec<String>>, max_items = 10)]
    labels: Option<BTreeSet<LabelSlug>>,
}

impl FromFields for ChangeChannel {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let assignee_id = fields.actor_or_null("assignee_id")?;
        let is_member = |id: &ActorId| id.is_guest() || id.as_str().starts_with("cus_");
        if assignee_id.iter().flatten().any(is_member) {
            return Err(Validation::Form("assignee_id", "the id of an admin"));
        }
        Ok(Self {
            status: status(fields)?,
            snoozed_until: None,
            assignee_id,
            labels: fields.texts("labels", MAX_CHANNEL_LABELS)?.map(slugs).transpose()?,
        })
    }
}

/// The status that a body asks for.
pub(crate) fn status(fields: &Fields) -> Result<Option<Status>, Validation> {
    let Some(status) = fields.text("status")? else { return Ok(None) };
    let until =
        if status == Queue::Snoozed.as_str() { fields.text("snoozed_until")? } else { None };
    Status::parse(&status, until.as_deref()).map(Some)
}

fn slugs(labels: Vec<String>) -> Result<BTreeSet<LabelSlug>, Validation> {
    let parse = |(index, slug): (usize, String)| {
        LabelSlug::parse(&slug).ok_or_else(|| {
            in_entry("labels", index, Validation::Form("slug", "1 to 32 of [a-z0-9-]"))
        })
    };
    labels.into_iter().enumerate().map(parse).collect()
}

/// Changes the status, the assignee or the labels of a channel. Each field that changes is one
/// entry of the staff's log.
#[utoipa::path(
    put, path = "", operation_id = "change_channel",
    params(("channel_hash" = String, Path)),
    request_body = ChangeChannel,
    responses((status = 200, body = ChannelAnswer), Refusals)
)]
pub async fn change(
    app: AppState,
    Admin(admin): Admin,
    ChannelPath(hash): ChannelPath,
    Body(request): Body<ChangeChannel>,
) -> Result<Json<ChannelAnswer>, ApiError> {
    let (event_id, now, caller) = (app.event_id()?, app.clock.now(), Principal::Admin(admin));
    let command = ChangeWork {
        caller: &caller,
        status: request.status,
        assignee_id: request.assignee_id.as_ref().map(Option::as_ref),
        labels: request.labels.as_ref(),
        event_id: &event_id,
    };
    let (changed, roster) =
        tokio::join!(app.store.change_work(&hash, command, now), app.store.roster(now));
    let changed = changed?;
    app.push_entries(&changed, &roster).await;
    Ok(Json(ChannelAnswer { channel: present_done(&app, changed, &caller, &roster).await? }))
}
