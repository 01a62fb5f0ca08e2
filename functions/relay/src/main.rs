//! Lambda entry point: the table's stream, for what reaches other systems.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_events(runtime::Ahead::Nothing, relay::Relay::new, relay::handle).await
}
