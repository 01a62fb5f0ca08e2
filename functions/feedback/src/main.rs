//! Lambda entry point of SES's feedback.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    runtime::serve_events(runtime::Ahead::Nothing, runtime::App::clone, feedback::heed).await
}
