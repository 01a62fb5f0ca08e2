//! Lambda entry point of the admin's routes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    http::serve(app::Ahead::Connect, admin_routes::routes(axum::Router::new())).await
}
