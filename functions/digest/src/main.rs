//! Lambda entry point of the daily schedule.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    app::serve_events(app::Ahead::Nothing, digest::Digest::new, digest::handle).await
}
