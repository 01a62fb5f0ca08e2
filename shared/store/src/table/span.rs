//! A span around each call of DynamoDB, so that a slow request can be attributed to its calls.

use tracing::Span;

/// The span of one call of this operation. It is logged with its duration where `CHAT_LOG` has
/// `calls=info`, and costs nothing elsewhere.
pub(crate) fn span(operation: &'static str) -> Span {
    tracing::info_span!(target: "calls", "dynamodb", operation)
}
