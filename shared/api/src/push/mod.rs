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

/// The address of a browser's push service.
fn endpoint(fields: &Fields) -> Result<String, Validation> {
    fields.text(ENDPOINT)?.ok_or(Validation::Required(ENDPOINT))
}

fn known(endpoint: &str, allow_loopback: bool) -> Result<PushEndpoint, Validation> {
    PushEndpoint::parse(endpoint, allow_loopback)
        .ok_or(Validation::Form(ENDPOINT, "an https URL of a known push service"))
}
