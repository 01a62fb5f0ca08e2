//! Lambda entry point of one-time schedules.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_events(runtime::Ahead::Nothing, notice::Notices::new, notice::tell).await
}
