//! Lambda entry point of SES's feedback.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), app::Error> {
    app::serve_events(app::Ahead::Nothing, app::App::clone, feedback::handle).await
}
