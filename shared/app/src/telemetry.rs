//! Logs: one JSON line per request, and one per failure. Never a body, a token, a guest's secret or
//! a path.

use domain::Timestamp;
use serde_json::json;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::app::App;

/// Our own crates: their lines are logged from `info` on, those of libraries from `warn` on.
const OURS: [&str; 16] = [
    "app",
    "http",
    "api",
    "store",
    "push",
    "realtime",
    "activity",
    "relay",
    "directory",
    "mail",
    "schedule",
    "notice",
    "digest",
    "feedback",
    "inbound",
    "webpush",
];

/// Starts logging to standard output; `CHAT_LOG` changes what, as `warn` or `error,store=info`.
/// With `info,calls=info` each request, each call of DynamoDB and each push is logged as it ends,
/// with its duration. Below `info` nothing is compiled into a release (see `tracing` in the
/// workspace).
pub(crate) fn init() {
    #[expect(
        clippy::disallowed_methods,
        reason = "logging starts before the configuration is read"
    )]
    let asked = std::env::var("CHAT_LOG").ok().and_then(|list| list.parse().ok());
    let filter = asked.unwrap_or_else(|| {
        let ours = OURS.map(|name| (name, LevelFilter::INFO));
        Targets::new().with_default(LevelFilter::WARN).with_targets(ours)
    });
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_events(FmtSpan::CLOSE);
    // A second start in one process, as in a test, keeps the first.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
}

impl App {
    /// Writes counts as CloudWatch metrics: one line in its embedded format, in the namespace of
    /// `METRICS_NAMESPACE`. Without a namespace, or when every count is zero, it writes nothing:
    /// each metric costs.
    pub fn count(&self, counts: &[(&str, u64)]) {
        let namespace = self.config.metrics_namespace.as_deref();
        if let Some(line) =
            namespace.and_then(|namespace| metrics_line(namespace, counts, self.clock.now()))
        {
            println!("{line}");
        }
    }
}

fn metrics_line(namespace: &str, counts: &[(&str, u64)], now: Timestamp) -> Option<String> {
    let counts: Vec<_> = counts.iter().filter(|(_, count)| *count > 0).collect();
    if counts.is_empty() {
        return None;
    }
    let names: Vec<_> =
        counts.iter().map(|(name, _)| json!({ "Name": name, "Unit": "Count" })).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now.millis(),
            "CloudWatchMetrics": [{ "Namespace": namespace, "Dimensions": [[]], "Metrics": names }],
        },
    });
    if let Some(fields) = line.as_object_mut() {
        fields.extend(counts.into_iter().map(|(name, count)| ((*name).to_owned(), json!(count))));
    }
    Some(line.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_metrics_and_nothing_becomes_none() {
        let now = Timestamp::from_millis(5);
        assert_eq!(metrics_line("LiveChat/shop", &[("DigestsSent", 0)], now), None);
        let line = metrics_line("LiveChat/shop", &[("DigestsSent", 2), ("DigestsFailed", 0)], now)
            .expect("a line");
        let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let metrics = json!([{
            "Namespace": "LiveChat/shop",
            "Dimensions": [[]],
            "Metrics": [{ "Name": "DigestsSent", "Unit": "Count" }],
        }]);
        assert_eq!(
            (&line["DigestsSent"], &line["_aws"]["CloudWatchMetrics"]),
            (&json!(2), &metrics)
        );
    }
}
