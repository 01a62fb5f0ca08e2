//! Lambda entry point: the table's stream, for what is computed from it.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_events(runtime::Ahead::Nothing, activity::Activity::new, activity::handle).await
}
