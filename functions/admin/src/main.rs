//! Lambda entry point of the admin's routes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    http::serve(app::Ahead::Connect, |_| Ok(admin_routes::routes(axum::Router::new()))).await
}
