//! Labels of the shop.

use serde::Serialize;

/// A label of the shop.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Label {
    /// Its name in channels and filters.
    slug: String,
    /// The name that staff sees.
    name: String,
    /// `#rrggbb`
    color: String,
}

impl From<&domain::Label> for Label {
    fn from(label: &domain::Label) -> Self {
        Self {
            slug: label.slug().as_str().to_owned(),
            name: label.name().to_owned(),
            color: label.color().to_owned(),
        }
    }
}
