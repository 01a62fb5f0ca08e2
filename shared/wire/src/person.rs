//! People: admins, customers and guests.

use domain::{ActorId, Channel, EmailAddress, Person, Profile, Side};
use serde::Serialize;

/// An admin as others see one.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Admin {
    id: String,
    first_name: Option<String>,
    /// Staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(
        clippy::option_option,
        reason = "absent for customers, null for admins where it is not known"
    )]
    last_name: Option<Option<String>>,
    avatar_url: Option<String>,
}

/// A customer or guest.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Customer {
    id: String,
    /// `guest` exactly when the id starts with `guest_`.
    role: &'static str,
    /// Staff only, like all that follows; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Whether the shop vouches for these; for a guest, whether the address is proven: a link that
    /// was mailed there was followed. A guest's name is never verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
    /// Only there as `false`: mail cannot go to the address, since it has letters beyond ASCII
    /// before the `@`, or another form.
    #[serde(skip_serializing_if = "Option::is_none")]
    mailable: Option<bool>,
}

/// Who an admin is, as they see it themselves.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminProfile {
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    avatar_url: Option<String>,
    /// Whether they get the daily mail.
    digest: bool,
}

/// Who a guest says to be.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GuestProfile {
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    /// Whether the address is proven: a link that was mailed there was followed.
    verified: bool,
}

impl Admin {
    /// What `seen_by` sees of an admin: never the address.
    pub fn new(id: &ActorId, profile: Profile, seen_by: Side) -> Self {
        Self {
            id: id.to_string(),
            first_name: profile.first_name,
            last_name: seen_by.sees_last_names_of_staff().then_some(profile.last_name),
            avatar_url: profile.avatar_url,
        }
    }

    /// The same; `None` if neither name nor picture is known.
    pub fn known(person: &Person, seen_by: Side) -> Option<Self> {
        let profile = person.profile();
        let known = profile.full_name().is_some() || profile.avatar_url.is_some();
        known.then(|| Self::new(&person.id, profile, seen_by))
    }
}

impl Customer {
    /// The channel's customer or guest, with what is known of them where that may be shown.
    pub fn new(channel: &Channel, known: Option<&Person>) -> Self {
        let profile = known.map(Person::profile).unwrap_or_default();
        Self {
            id: channel.member_id.to_string(),
            role: channel.member_role().as_str(),
            first_name: profile.first_name,
            last_name: profile.last_name,
            mailable: known.filter(|person| person.has_unmailable_address()).map(|_| false),
            email: profile.email.as_ref().map(EmailAddress::readable),
            verified: known.map(Person::is_verified),
        }
    }
}

impl AdminProfile {
    /// An admin's own profile.
    pub fn new(person: &Person) -> Self {
        let profile = person.profile();
        Self {
            id: person.id.to_string(),
            email: profile.email.as_ref().map(EmailAddress::readable),
            first_name: profile.first_name,
            last_name: profile.last_name,
            avatar_url: profile.avatar_url,
            digest: person.digest,
        }
    }
}

impl GuestProfile {
    /// What a guest has typed.
    pub fn new(person: &Person) -> Self {
        let profile = person.profile();
        Self {
            id: person.id.to_string(),
            email: profile.email.as_ref().map(EmailAddress::readable),
            first_name: profile.first_name,
            last_name: profile.last_name,
            verified: person.is_verified(),
        }
    }
}
