//! Unsubscribe a browser from web push.

use axum::Json;
use domain::Validation;
use http::{Admin, ApiError, AppState, Body, Fields, FromFields, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

use super::{endpoint, known};

/// A browser's subscription.
#[derive(Debug, ToSchema)]
pub struct DeletePushSubscription {
    endpoint: String,
}

/// `{deleted}`
#[derive(Serialize, ToSchema)]
pub struct PushSubscriptionDeletedAnswer {
    /// Always true.
    deleted: bool,
}

impl FromFields for DeletePushSubscription {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self { endpoint: endpoint(fields)? })
    }
}

/// Unsubscribes one of the caller's browsers. One that is not subscribed, or is another admin's,
/// is left as it is.
#[utoipa::path(
    delete, path = "", operation_id = "delete_push_subscription",
    request_body = DeletePushSubscription,
    responses((status = 200, body = PushSubscriptionDeletedAnswer), Refusals)
)]
pub async fn unsubscribe(
    app: AppState,
    Admin(id): Admin,
    Body(request): Body<DeletePushSubscription>,
) -> Result<Json<PushSubscriptionDeletedAnswer>, ApiError> {
    let endpoint = known(&request.endpoint, app.config.outside.local_push_services)?;
    app.store.remove_push_subscription(&id, &endpoint).await?;
    Ok(Json(PushSubscriptionDeletedAnswer { deleted: true }))
}
