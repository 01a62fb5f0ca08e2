//! Lambda entry point of the files that browsers load.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    http::serve(app::Ahead::Nothing, |_| Ok(web::routes())).await
}
