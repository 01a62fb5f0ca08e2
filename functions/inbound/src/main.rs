//! Lambda entry point of replies by mail.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    app::serve_events(app::Ahead::Nothing, inbound::Inbound::new, inbound::handle).await
}
