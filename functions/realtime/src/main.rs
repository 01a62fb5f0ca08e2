//! Lambda entry point of the WebSocket API.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    let app = http::start(http::Ahead::Connect).await?;
    app::serve(realtime::Realtime::new(&app), realtime::handle).await
}
