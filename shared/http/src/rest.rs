//! What a handler does after its response, in the same invocation.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use app::Error;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{LambdaEvent, LambdaInvocation, Runtime, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::{Layer, Service};

/// What a handler does after its response.
#[derive(Default)]
pub struct Rest(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Rest {
    /// Does this after the response.
    pub fn of(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Some(Box::pin(work)))
    }

    /// Does it now.
    pub async fn run(self) {
        if let Some(work) = self.0 {
            work.await;
        }
    }
}

/// Hands each event to a handler that has something to do after its response. The runtime asks for
/// the next event only after that, so the execution environment is not frozen meanwhile.
pub(crate) async fn run_with_rest<C, E, A, F, Fut>(context: C, handler: F) -> Result<(), Error>
where
    C: Clone + 'static,
    E: DeserializeOwned + 'static,
    A: Serialize + 'static,
    F: Fn(C, E) -> Fut + 'static,
    Fut: Future<Output = Result<(A, Rest), Error>> + 'static,
{
    let pending = Pending::default();
    let after_response = AfterResponse { inner: (), pending: pending.clone() };
    let service = service_fn(move |event: LambdaEvent<E>| {
        let (handled, pending) = (handler(context.clone(), event.payload), pending.clone());
        async move {
            let (response, rest) = handled.await?;
            pending.replace(rest);
            Ok::<_, Error>(response)
        }
    });
    Runtime::new(service).layer(TracingLayer::new()).layer(after_response).run().await
}

/// What the handler of the present event does after its response.
#[derive(Clone, Default)]
struct Pending(Arc<Mutex<Rest>>);

impl Pending {
    fn replace(&self, rest: Rest) -> Rest {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), rest)
    }
}

/// A layer of the runtime whose inner service sends the response.
struct AfterResponse<S> {
    inner: S,
    pending: Pending,
}

impl<S> Layer<S> for AfterResponse<()> {
    type Service = AfterResponse<S>;

    fn layer(&self, inner: S) -> AfterResponse<S> {
        AfterResponse { inner, pending: self.pending.clone() }
    }
}

impl<S> Service<LambdaInvocation> for AfterResponse<S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
    S::Future: 'static,
{
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let (responded, pending) = (self.inner.call(invocation), self.pending.clone());
        Box::pin(async move {
            responded.await?;
            pending.replace(Rest::default()).run().await;
            Ok(())
        })
    }
}
