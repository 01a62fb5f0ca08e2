//! Logs: one JSON line per request, and one for whatever went wrong. Never a body, a token, a guest's secret or a path.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard output: our own lines from `info` on, those of libraries from `warn` on.
pub(crate) fn init() {
    let filter = EnvFilter::try_from_env("CHAT_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,runtime=info,store=info,push=info,realtime=info,activity=info"));
    // A second start in one process, as in a test, keeps the first.
    let _ = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_env_filter(filter).try_init();
}
