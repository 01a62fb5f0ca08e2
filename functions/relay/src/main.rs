//! Lambda entry point for what other systems are told.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    app::serve_events(app::Ahead::Nothing, relay::Relay::new, relay::handle).await
}
