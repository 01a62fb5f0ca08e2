//! Lambda entry point of the WebSocket API.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_events(runtime::Ahead::Connect, runtime::App::clone, realtime::handle).await
}
