//! Lambda entry point of one-time schedules.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    let app = app::start().await?;
    app::serve(notice::Notices::new(&app), notice::handle).await
}
