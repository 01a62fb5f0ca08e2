//! Lambda entry point of the shop's routes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    http::serve(app::Ahead::Nothing, |_| Ok(shop_routes::router())).await
}
