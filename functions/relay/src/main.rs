//! Lambda entry point for what other systems are told.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_events(runtime::Ahead::Nothing, relay::Relay::new, relay::handle).await
}
