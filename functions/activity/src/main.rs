//! Lambda entry point: the table's stream, for what is computed from it.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    let app = app::start().await?;
    app::serve(activity::Activity::new(&app), activity::handle).await
}
