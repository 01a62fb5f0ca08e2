//! A person's name, address and picture.

use serde::{Deserialize, Serialize};

use crate::people::email::EmailAddress;
use crate::people::principal::Side;
use crate::text::body::one_line;

/// Longest first or last name, in characters.
pub const MAX_NAME: usize = 100;
/// Longest URL of a picture, in bytes.
pub const MAX_URL: usize = 2_048;

/// What is known of a person; each part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Profile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// An `https` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
}

impl Profile {
    /// A profile from another system's data. Leaves out the parts that are not acceptable.
    pub fn lenient(
        first_name: Option<&str>,
        last_name: Option<&str>,
        email: Option<&str>,
        avatar_url: Option<&str>,
    ) -> Self {
        Self {
            first_name: first_name.and_then(name),
            last_name: last_name.and_then(name),
            email: email.and_then(EmailAddress::lenient),
            avatar_url: avatar_url.filter(|url| is_picture_url(url)).map(str::to_owned),
        }
    }

    /// Whether every part is missing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// First and last name, as far as they are known.
    pub fn full_name(&self) -> Option<String> {
        let parts: Vec<&str> =
            [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// The name of this admin as a side sees it.
    pub fn staff_name(&self, seen_by: Side) -> Option<String> {
        if seen_by.sees_last_names_of_staff() { self.full_name() } else { self.first_name.clone() }
    }

    /// This profile, with its missing parts taken from `other`.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            first_name: self.first_name.clone().or_else(|| other.first_name.clone()),
            last_name: self.last_name.clone().or_else(|| other.last_name.clone()),
            email: self.email.clone().or_else(|| other.email.clone()),
            avatar_url: self.avatar_url.clone().or_else(|| other.avatar_url.clone()),
        }
    }
}

/// Cleans a name for storage: one line, no invisible or direction-changing characters, cut at
/// [`MAX_NAME`]. Returns `None` if nothing visible is left.
pub fn name(text: &str) -> Option<String> {
    Some(one_line(text, MAX_NAME)).filter(|name| !name.is_empty())
}

/// Whether a text is acceptable as the URL of a picture.
pub fn is_picture_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://");
    text.len() <= MAX_URL
        && rest.is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'<')
        })
}
