//! Lambda entry point of the routes of files.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    http::serve(app::Ahead::ConnectDatabase, files::router).await
}
