//! Lambda entry point of the admin's routes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_http(runtime::Ahead::Connect, admin_routes::routes(axum::Router::new())).await
}
