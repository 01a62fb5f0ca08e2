//! People: profiles, and who the staff is.

mod get_profile;
mod list_staff;
mod put_profile;
mod refresh;
mod token_profile;

pub use get_profile::*;
pub use list_staff::*;
pub use put_profile::*;
pub(crate) use refresh::request_profile_refresh;
pub(crate) use token_profile::store_token_profile;

use serde::Serialize;
use utoipa::ToSchema;

/// `{profile}`
#[derive(Serialize, ToSchema)]
pub struct AdminProfileAnswer {
    profile: wire::AdminProfile,
}
