//! Lambda entry point of the daily schedule.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_events(runtime::Ahead::Nothing, digest::Digest::new, digest::run).await
}
