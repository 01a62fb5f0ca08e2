//! A span around each call of DynamoDB and each push, so that a slow request can be attributed.
//!
//! An interceptor of the SDK's clients makes it: so no call can be without one.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tracing::Span;

/// Makes the span of each call. It lasts until the call ends, retries included; see
/// `telemetry::init` for how it is logged.
#[derive(Debug)]
pub(crate) struct CallSpan;

/// The span of a call, with the call's own state.
#[derive(Debug)]
struct Held(#[expect(dead_code, reason = "the span closes when it is dropped")] Span);

impl Storable for Held {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for CallSpan {
    fn name(&self) -> &'static str {
        "CallSpan"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        call: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = call.load::<Metadata>().map_or("-", Metadata::name);
        let span = tracing::info_span!(target: "calls", "call", operation);
        call.interceptor_state().store_put(Held(span));
        Ok(())
    }
}
