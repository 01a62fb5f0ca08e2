//! Lambda entry point of the admin's routes.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_http(admin_routes::routes()).await
}
