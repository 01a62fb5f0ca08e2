//! Lambda entry point: the table's stream, for what reaches other systems.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    app::serve_events(app::Ahead::Nothing, relay::Relay::new, relay::handle).await
}
