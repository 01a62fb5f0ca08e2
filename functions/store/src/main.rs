//! Lambda entry point of the store's routes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    http::serve(app::Ahead::Connect, |_| Ok(store_routes::routes(axum::Router::new()))).await
}
