//! Failures of calls to DynamoDB, by what the caller can do about them.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::{Refusal, Validation};

/// Why an operation of the store failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chat's rules refuse it.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// Other writes of the same item outlasted the retries, or DynamoDB throttles: try again soon.
    #[error("contention or throttling outlasted the retries")]
    Busy,
    /// DynamoDB gave no usable response: try again later.
    #[error("AWS is unavailable")]
    Unavailable(#[source] BoxError),
    /// The response to a write was lost, and the log did not show in time whether the write was
    /// carried out: it may have been stored.
    #[error("a write may or may not have been carried out")]
    Indeterminate(#[source] BoxError),
    /// A defect of ours: a request that DynamoDB refuses, or an item that we cannot read.
    #[error("defect: {0}")]
    Defect(&'static str, #[source] BoxError),
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Validation> for Error {
    fn from(validation: Validation) -> Self {
        Self::Refused(validation.into())
    }
}

impl From<serde_dynamo::Error> for Error {
    fn from(error: serde_dynamo::Error) -> Self {
        Self::Defect("an item does not fit its type", Box::new(error))
    }
}

/// What a failed call means for its caller.
pub(crate) enum Failure {
    /// Another write of this item was in progress: try again at once, with jitter.
    Contended,
    /// No response, or an unclear one: the call may have been carried out.
    Unknown(Error),
    /// The call was not carried out, and an immediate retry does not help.
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

/// Classifies a failed call by the error's code. Texts differ between regions and emulators and are
/// ignored.
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
        // still in progress, and may yet be carried out.
        _ => Failure::Unknown(Error::Unavailable(Box::new(error))),
    }
}

/// A request that the SDK refuses to build: a defect of ours.
pub(crate) fn unbuilt(error: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::Defect("a request could not be built", Box::new(error))
}
