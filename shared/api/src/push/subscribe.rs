//! Subscribe a browser to web push.

use axum::Json;
use domain::{PushKeys, PushSubscription, Validation};
use http::{Admin, ApiError, AppState, Body, Fields, FromFields, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

use super::{endpoint, known};

/// The name of the keys in [`PutPushSubscription`].
const KEYS: &str = "keys";

/// A browser's subscription, as `PushSubscription.toJSON()` has it.
#[derive(Debug, ToSchema)]
pub struct PutPushSubscription {
    /// An `https` URL of a known push service, at most 1,000 bytes.
    #[schema(max_length = 1000)]
    endpoint: String,
    keys: PushKeysEntry,
    /// Whether notifications show what was written. False if left out.
    with_text: Option<bool>,
    /// Whether to send a notification on trial.
    test: Option<bool>,
}

/// The keys that the browser made.
#[derive(Debug, ToSchema)]
pub struct PushKeysEntry {
    /// A point of P-256, 65 bytes, as base64url.
    p256dh: String,
    /// A secret of 16 bytes, as base64url.
    auth: String,
}

/// `{subscription}`
#[derive(Serialize, ToSchema)]
pub struct PushSubscriptionAnswer {
    subscription: wire::PushSubscription,
}

impl FromFields for PushKeysEntry {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let text = |field: &'static str| fields.text(field)?.ok_or(Validation::Required(field));
        let [p256dh, auth] = PushKeys::NAMES;
        Ok(Self { p256dh: text(p256dh)?, auth: text(auth)? })
    }
}

impl FromFields for PutPushSubscription {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self {
            endpoint: endpoint(fields)?,
            keys: fields.object(KEYS)?.ok_or(Validation::Required(KEYS))?,
            with_text: fields.flag("with_text")?,
            test: fields.flag("test")?,
        })
    }
}

impl PushKeysEntry {
    fn keys(&self) -> Result<PushKeys, Validation> {
        let keys = PushKeys::parse(&self.p256dh, &self.auth).map_err(|field| {
            let [p256dh, _] = PushKeys::NAMES;
            let form =
                if field == p256dh { "65 bytes of base64url" } else { "16 bytes of base64url" };
            Validation::Form(field, form).within(KEYS)
        })?;
        let [p256dh, _] = PushKeys::NAMES;
        webpush::is_usable(&keys)
            .then_some(keys)
            .ok_or_else(|| Validation::Form(p256dh, "a point of P-256").within(KEYS))
    }
}

/// Subscribes one of the caller's browsers: it gets a notification of each member's message to the
/// caller while the caller has no present connection. A browser that another admin has subscribed
/// moves to the caller. It counts for 30 days: a client repeats this daily. An admin has at most 10
/// browsers; the oldest leaves.
#[utoipa::path(
    put, path = "", operation_id = "put_push_subscription",
    request_body = PutPushSubscription,
    responses((status = 200, body = PushSubscriptionAnswer), Refusals)
)]
pub async fn subscribe(
    app: AppState,
    Admin(id): Admin,
    Body(request): Body<PutPushSubscription>,
) -> Result<Json<PushSubscriptionAnswer>, ApiError> {
    let now = app.clock.now();
    let subscription = PushSubscription {
        admin_id: id.clone(),
        endpoint: known(&request.endpoint, app.config.outside.local_push_services)?,
        keys: request.keys.keys()?,
        with_text: request.with_text.unwrap_or_default(),
        renewed_at: now,
    };
    app.store.put_push_subscription(&subscription).await?;
    if request.test == Some(true) {
        app.store.request_push_test(&id, &subscription, now).await?;
    }
    Ok(Json(PushSubscriptionAnswer { subscription: (&subscription).into() }))
}
