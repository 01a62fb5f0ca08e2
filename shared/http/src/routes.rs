//! The list of a function's routes, one line each. The same list makes the router and the OpenAPI
//! document, so they cannot differ; and whoever makes the router alone, as every function does in
//! Lambda, has nothing of the document in it.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter};
use utoipa::Path;
// What utoipa's own macros call beside `Path`, too.
pub use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::{Components, OpenApi};

#[doc(hidden)]
pub use pastey::paste;

/// Who may pass to a handler: one of `guard`.
pub type Guard = fn(MethodRouter) -> MethodRouter;

/// What a list of routes makes.
pub trait Routes: Sized {
    /// Adds one: `P` is what `#[utoipa::path]` made of the handler.
    #[must_use]
    fn endpoint<P, H, T>(self, guard: Guard, handler: H) -> Self
    where
        P: Path + SchemaReferences + for<'t> Tags<'t>,
        H: Handler<T, ()>,
        T: 'static;
}

/// Adds handlers to a list, each behind its guard: `routes!(list, visitor =>
/// open_channel::open_channel, …)`.
#[macro_export]
macro_rules! routes {
    ($list:expr, $($guard:path => $module:ident :: $handler:ident),+ $(,)?) => {{
        let list = $list;
        $(
            let list = $crate::routes::paste! {
                $crate::routes::Routes::endpoint::<$module::[<__path_ $handler>], _, _>(list, $guard, $module::$handler)
            };
        )+
        list
    }};
}

impl Routes for Router {
    fn endpoint<P, H, T>(self, guard: Guard, handler: H) -> Self
    where
        P: Path + SchemaReferences + for<'t> Tags<'t>,
        H: Handler<T, ()>,
        T: 'static,
    {
        let methods = P::methods();
        let handlers = methods
            .iter()
            .fold(MethodRouter::new(), |router, method| router.on(filter(method), handler.clone()));
        self.route(&P::path(), guard(handlers))
    }
}

impl Routes for OpenApi {
    fn endpoint<P, H, T>(mut self, _: Guard, _: H) -> Self
    where
        P: Path + SchemaReferences + for<'t> Tags<'t>,
        H: Handler<T, ()>,
        T: 'static,
    {
        let mut operation = P::operation();
        let tags = P::tags().into_iter().map(str::to_owned);
        operation.tags.get_or_insert_default().extend(tags);
        self.paths.add_path_operation(P::path(), P::methods(), operation);
        let mut schemas = Vec::new();
        P::schemas(&mut schemas);
        self.components.get_or_insert_with(Components::new).schemas.extend(schemas);
        self
    }
}

fn filter(method: &HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
    }
}
