//! Lambda entry point of SES's feedback.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    let app = app::start().await?;
    app::serve(app, feedback::handle).await
}
