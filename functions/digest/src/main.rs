//! Lambda entry point of the daily schedule.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    let app = app::start().await?;
    app::serve(digest::Digest::new(&app), digest::handle).await
}
