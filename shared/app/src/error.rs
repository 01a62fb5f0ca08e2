//! Errors of the application.

/// Why the application cannot do something.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A secret cannot be read, so nothing can be checked or signed with it. Says why, without the
    /// secret.
    #[error("a secret is missing: {0}")]
    Secret(String),
    /// A defect of ours.
    #[error("defect: {0}")]
    Defect(&'static str),
}
