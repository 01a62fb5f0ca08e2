//! Web push: the browsers in which an admin gets notifications.

mod get;
mod subscribe;
mod unsubscribe;

pub use get::*;
pub use subscribe::*;
pub use unsubscribe::*;

use domain::{PushEndpoint, Validation};
use http::Fields;

/// The name of the address in requests.
const ENDPOINT: &str = "endpoint";

/// The address in a request: where the browser's push service takes its pushes.
fn endpoint(fields: &Fields) -> Result<String, Validation> {
    fields.text(ENDPOINT)?.ok_or(Validation::Required(ENDPOINT))
}

/// The address, if it is one of a known push service; with `allow_loopback` also one of this
/// machine.
fn known(endpoint: &str, allow_loopback: bool) -> Result<PushEndpoint, Validation> {
    PushEndpoint::parse(endpoint, allow_loopback)
        .ok_or(Validation::Form(ENDPOINT, "an https URL of a known push service"))
}
