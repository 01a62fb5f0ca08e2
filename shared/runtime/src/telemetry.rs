//! Logs: one JSON line per request, and one for whatever went wrong. Never a body, a token, a guest's secret or a path.

use domain::Timestamp;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::app::App;

/// Starts logging to standard output: our own lines from `info` on, those of libraries from `warn` on.
pub(crate) fn init() {
    let filter = EnvFilter::try_from_env("CHAT_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,runtime=info,store=info,push=info,realtime=info,activity=info,directory=info,mail=info,schedule=info,notice=info,digest=info,feedback=info"));
    // A second start in one process, as in a test, keeps the first.
    let _ = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_env_filter(filter).try_init();
}

impl App {
    /// Counts that CloudWatch makes metrics of: one line in its embedded format, in the namespace of `METRICS_NAMESPACE`. Nothing is
    /// written where every count is zero, so that a shop in which nothing happens has no metrics to pay for; nor where there is no
    /// namespace.
    pub fn count(&self, counts: &[(&str, u64)]) {
        let namespace = self.config.metrics_namespace.as_deref();
        if let Some(line) = namespace.and_then(|namespace| metrics_line(namespace, counts, self.clock.now())) {
            println!("{line}");
        }
    }
}

fn metrics_line(namespace: &str, counts: &[(&str, u64)], now: Timestamp) -> Option<String> {
    let counts: Vec<_> = counts.iter().filter(|(_, count)| *count > 0).collect();
    if counts.is_empty() {
        return None;
    }
    let names: Vec<_> = counts.iter().map(|(name, _)| json!({ "Name": name, "Unit": "Count" })).collect();
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
        let line = metrics_line("LiveChat/shop", &[("DigestsSent", 2), ("DigestsFailed", 0)], now).expect("a line");
        let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let metrics =
            json!([{ "Namespace": "LiveChat/shop", "Dimensions": [[]], "Metrics": [{ "Name": "DigestsSent", "Unit": "Count" }] }]);
        assert_eq!((&line["DigestsSent"], &line["_aws"]["CloudWatchMetrics"]), (&json!(2), &metrics));
    }
}
