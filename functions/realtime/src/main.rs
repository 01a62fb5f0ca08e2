//! Lambda entry point of the WebSocket API.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    http::serve_events(app::Ahead::Connect, realtime::Realtime::new, realtime::handle).await
}
