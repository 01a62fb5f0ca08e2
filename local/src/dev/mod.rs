//! What stands at the network's edge here, in place of AWS's services and of a Medusa: small HTTP
//! endpoints, as strict as the real ones, which the real clients talk to. What came in is shown at
//! `/dev/outbox` and `/dev/events`.

pub mod bus;
mod html;
pub mod medusa;
pub mod outbox;
pub mod parameters;
pub mod queue;
pub mod scheduler;

use app::Clock;
use axum::Router;

use bus::Bus;
use medusa::DemoMedusa;
use outbox::Outbox;
use parameters::Parameters;
use queue::Queue;
use scheduler::Scheduler;

use crate::token::Signer;

/// All of them. Clones are the same ones.
#[derive(Clone)]
pub struct Dev {
    /// Where mails arrive.
    pub outbox: Outbox,
    /// Where events arrive.
    pub bus: Bus,
    /// Where events wait that the bus did not take.
    pub queue: Queue,
    /// Where calls wait for their time.
    pub scheduler: Scheduler,
    /// Where secrets are.
    pub parameters: Parameters,
    /// Who customers and staff are.
    pub medusa: DemoMedusa,
}

impl Dev {
    /// Everything below `/dev/`.
    pub(crate) fn router(&self, clock: Clock) -> Router {
        outbox::router(self.outbox.clone())
            .merge(bus::router(self.bus.clone()))
            .merge(queue::router(self.queue.clone()))
            .merge(scheduler::router(self.scheduler.clone()))
            .merge(medusa::router(self.medusa.clone(), clock, Signer(self.parameters.clone())))
            .merge(parameters::router(self.parameters.clone()))
    }
}

/// How the tests of this module call a router.
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
