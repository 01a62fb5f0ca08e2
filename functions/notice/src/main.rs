//! Lambda entry point of one-time schedules.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    app::serve_events(app::Ahead::Nothing, notice::Notices::new, notice::handle).await
}
