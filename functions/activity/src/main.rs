//! Lambda entry point of the table's stream.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_events(runtime::Ahead::Nothing, activity::Activity::new, activity::handle).await
}
