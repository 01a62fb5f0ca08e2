//! Lambda entry point: the table's stream, for what is computed from it.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    app::serve_events(app::Ahead::Nothing, activity::Activity::new, activity::handle).await
}
