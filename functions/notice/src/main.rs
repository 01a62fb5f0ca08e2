//! Lambda entry point of one-time schedules.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_events(notice::Notices::new, notice::tell).await
}
