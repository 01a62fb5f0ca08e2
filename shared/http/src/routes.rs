//! The list of a function's routes, one line each: guard, path, endpoint.
//!
//! The same list makes the router and the OpenAPI document, so they cannot differ. In Lambda only
//! the router is made, and the binary has no part of the document.
//!
//! An endpoint may serve several scopes: its tag and the start of its operation id are the first
//! part of the path, `store` or `admin`.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter};
use utoipa::Path;
// utoipa keeps these for its own macros.
pub use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::{Components, OpenApi};

#[doc(hidden)]
pub use pastey::paste;

/// Who may pass to a handler: one of `guard`.
pub type Guard = fn(MethodRouter) -> MethodRouter;

/// The scopes: who uses the routes below `/store` and below `/admin`.
const SCOPES: [&str; 2] = ["store", "admin"];

/// What a list of routes makes.
pub trait Routes: Sized {
    /// Adds one: `P` is what `#[utoipa::path]` made of the handler.
    #[must_use]
    fn endpoint<P, H, T>(self, guard: Guard, path: &str, handler: H) -> Self
    where
        P: Path + SchemaReferences + for<'t> Tags<'t>,
        H: Handler<T, ()>,
        T: 'static;
}

/// Adds endpoints to a list: `routes!(list, member "/store/chat/channels" channels::list_own, …)`.
#[macro_export]
macro_rules! routes {
    ($list:expr, $($guard:ident $path:literal $module:ident :: $handler:ident),+ $(,)?) => {{
        let list = $list;
        $(
            let list = $crate::routes::paste! {
                $crate::routes::Routes::endpoint::<$module::[<__path_ $handler>], _, _>(
                    list,
                    $crate::guard::$guard,
                    $path,
                    $module::$handler,
                )
            };
        )+
        list
    }};
}

impl Routes for Router {
    fn endpoint<P, H, T>(self, guard: Guard, path: &str, handler: H) -> Self
    where
        P: Path + SchemaReferences + for<'t> Tags<'t>,
        H: Handler<T, ()>,
        T: 'static,
    {
        let methods = P::methods();
        let handlers = methods
            .iter()
            .fold(MethodRouter::new(), |router, method| router.on(filter(method), handler.clone()));
        self.route(path, guard(handlers))
    }
}

impl Routes for OpenApi {
    fn endpoint<P, H, T>(mut self, _: Guard, path: &str, _: H) -> Self
    where
        P: Path + SchemaReferences + for<'t> Tags<'t>,
        H: Handler<T, ()>,
        T: 'static,
    {
        let mut operation = P::operation();
        let scope = path.split('/').nth(1).filter(|scope| SCOPES.contains(scope));
        if let Some(scope) = scope {
            let id = operation.operation_id.unwrap_or_default();
            operation.operation_id = Some(format!("{scope}_{id}"));
        }
        let tags = scope.map_or_else(P::tags, |scope| vec![scope]);
        operation.tags.get_or_insert_default().extend(tags.into_iter().map(str::to_owned));
        self.paths.add_path_operation(path, P::methods(), operation);
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
