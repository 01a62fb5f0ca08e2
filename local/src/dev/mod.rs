//! Stand-ins for AWS's services, for Medusa and for a push service of browsers: HTTP endpoints as
//! strict as the real ones, for the real clients. `/dev/outbox`, `/dev/events` and `/dev/push` show
//! what they received.

pub mod bus;
mod html;
pub mod medusa;
pub mod outbox;
pub mod parameters;
pub mod push_service;
pub mod queue;
pub mod s3;
pub mod scheduler;

use app::Clock;
use axum::Router;
use domain::Timestamp;

use bus::Bus;
use medusa::DemoMedusa;
use outbox::Outbox;
use parameters::Parameters;
use push_service::PushService;
use queue::Queue;
use s3::Bucket;
use scheduler::Scheduler;

use crate::token::Signer;

pub(crate) use html::escape;

/// All stand-ins. Clones share them.
#[derive(Clone)]
pub struct Dev {
    /// SES: the mails.
    pub outbox: Outbox,
    /// EventBridge: the events.
    pub bus: Bus,
    /// SQS: the events that the bus rejected.
    pub queue: Queue,
    /// EventBridge Scheduler: the scheduled calls.
    pub scheduler: Scheduler,
    /// SSM Parameter Store: the secrets.
    pub parameters: Parameters,
    /// S3: the bytes of files.
    pub files: Bucket,
    /// The push service of browsers: web push.
    pub push_service: PushService,
    /// Medusa: the profiles of customers and staff.
    pub medusa: DemoMedusa,
}

impl Dev {
    /// Routes below `/dev/`.
    pub(crate) fn router(&self, clock: Clock) -> Router {
        outbox::router(self.outbox.clone())
            .merge(bus::router(self.bus.clone()))
            .merge(queue::router(self.queue.clone()))
            .merge(s3::router(self.files.clone()))
            .merge(scheduler::router(self.scheduler.clone()))
            .merge(medusa::router(self.medusa.clone(), clock, Signer(self.parameters.clone())))
            .merge(parameters::router(self.parameters.clone()))
            .merge(push_service::router(self.push_service.clone()))
    }
}

/// A page of these stand-ins.
pub(crate) fn page(title: &str, body: &str) -> axum::response::Html<String> {
    html::page(title, false, body)
}

/// A time on these pages, UTC.
pub(crate) fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .unwrap_or_default()
        .strftime("%-d %b %H:%M")
        .to_string()
}

/// Calls to a router, for the tests of this module.
#[cfg(test)]
mod calls {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt;

    pub(super) async fn call(router: Router, request: Request<Body>) -> (StatusCode, String) {
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    pub(super) async fn get(router: Router, path: &str) -> (StatusCode, String) {
        call(router, Request::get(path).body(Body::empty()).unwrap()).await
    }
}
