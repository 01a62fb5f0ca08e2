//! What can go wrong between us and DynamoDB, sorted by what to do about it.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::Refusal;

/// Why an operation of the store failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chat's rules say no.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// Others kept writing the same item for longer than we try, or DynamoDB throttles: try again
    /// soon.
    #[error("contention or throttling outlasted the retries")]
    Busy,
    /// DynamoDB did not answer as it should: try again later.
    #[error("AWS is unavailable")]
    Unavailable(#[source] BoxError),
    /// The answer to a write was lost, and it could not be found out in time whether the write was
    /// carried out: it may have been stored.
    #[error("a write may or may not have been carried out")]
    Indeterminate(#[source] BoxError),
    /// A defect of ours: a request or an item that DynamoDB or we cannot read.
    #[error("defect: {0}")]
    Defect(&'static str, #[source] BoxError),
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<serde_dynamo::Error> for Error {
    fn from(error: serde_dynamo::Error) -> Self {
        Self::Defect("an item does not fit its type", Box::new(error))
    }
}

/// What a failed call means for the one who made it.
pub(crate) enum Failure {
    /// Somebody else was writing this item: try again at once, with jitter.
    Contended,
    /// No answer, or one that does not tell: it may have been carried out.
    Unknown(Error),
    /// It was not carried out, and trying at once does not help.
    Final(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Contended => Self::Busy,
            Failure::Unknown(error) | Failure::Final(error) => error,
        }
    }
}

/// Sorts a failed call by the error's code; texts differ between regions and emulators and are
/// never looked at.
pub(crate) fn classify<E, R>(error: SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let code = match &error {
        SdkError::ServiceError(service) => service.err().code().map(str::to_owned),
        SdkError::ConstructionFailure(_) => {
            return Failure::Final(Error::Defect("a request could not be built", Box::new(error)));
        }
        _ => return Failure::Unknown(Error::Unavailable(Box::new(error))),
    };
    match code.as_deref() {
        Some("TransactionConflictException") => Failure::Contended,
        Some(
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded",
        ) => Failure::Final(Error::Busy),
        Some(
            "ValidationException"
            | "ResourceNotFoundException"
            | "AccessDeniedException"
            | "SerializationException",
        ) => Failure::Final(Error::Defect("DynamoDB refuses a request of ours", Box::new(error))),
        // Among them TransactionInProgressException: the SDK's earlier attempt of the same write is
        // still at work, and may yet be carried out.
        _ => Failure::Unknown(Error::Unavailable(Box::new(error))),
    }
}

/// A request that the SDK refuses to build: a defect of ours.
pub(crate) fn unbuilt(error: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::Defect("a request could not be built", Box::new(error))
}
