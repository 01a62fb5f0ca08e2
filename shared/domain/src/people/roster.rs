//! What everybody may see of the known admins.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::ActorId;
use crate::people::profile::Profile;

/// The names and pictures of the known admins. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Roster(Arc<BTreeMap<ActorId, Profile>>);

impl Roster {
    /// What is known of an admin; an empty profile for one who is not on the roster.
    pub fn profile(&self, admin: &ActorId) -> Profile {
        self.0.get(admin).cloned().unwrap_or_default()
    }
}

impl FromIterator<(ActorId, Profile)> for Roster {
    fn from_iter<T: IntoIterator<Item = (ActorId, Profile)>>(admins: T) -> Self {
        Self(Arc::new(admins.into_iter().collect()))
    }
}
