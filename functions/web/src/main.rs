//! Lambda entry point of the files that browsers load.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_http(runtime::Ahead::Nothing, web::routes()).await
}
