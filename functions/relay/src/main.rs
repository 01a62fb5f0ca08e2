//! Lambda entry point: the table's stream, for what reaches other systems.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    let app = app::start().await?;
    app::serve(relay::Relay::new(&app), relay::handle).await
}
