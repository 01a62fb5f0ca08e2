//! Lambda entry point of the table's stream.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    app::serve_events(app::Ahead::Nothing, activity::Activity::new, activity::handle).await
}
