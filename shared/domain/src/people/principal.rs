//! Callers whose credentials are checked.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::ActorId;

/// An authenticated caller. Rights are never decided from an id without its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A customer, by Medusa's token.
    Customer(ActorId),
    /// A guest, by the secret in their browser. Holds the public id.
    Guest(ActorId),
    /// An admin, by Medusa's token.
    Admin(ActorId),
}

impl Principal {
    /// The person of this role and id; `None` for the shop itself, and for a role that is unknown
    /// here.
    pub fn of(role: Role, id: ActorId) -> Option<Self> {
        match role {
            Role::Customer => Some(Self::Customer(id)),
            Role::Guest => Some(Self::Guest(id)),
            Role::Admin => Some(Self::Admin(id)),
            Role::System | Role::Unknown => None,
        }
    }

    /// The customer or guest with this id.
    pub fn member(id: &ActorId) -> Self {
        match Role::of_member(id) {
            Role::Guest => Self::Guest(id.clone()),
            _ => Self::Customer(id.clone()),
        }
    }

    /// The caller's id.
    pub fn id(&self) -> &ActorId {
        match self {
            Self::Customer(id) | Self::Guest(id) | Self::Admin(id) => id,
        }
    }

    /// The role of the caller's messages.
    pub fn role(&self) -> Role {
        match self {
            Self::Customer(_) => Role::Customer,
            Self::Guest(_) => Role::Guest,
            Self::Admin(_) => Role::Admin,
        }
    }

    /// The caller's side of a channel.
    pub fn side(&self) -> Side {
        self.role().side()
    }
}

/// The role of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A customer with an account.
    Customer,
    /// A person without an account or not logged in.
    Guest,
    /// A person on the staff's side.
    Admin,
    /// The shop itself.
    System,
    /// A role that a newer version wrote. No caller has it, and no client sees it.
    #[serde(other)]
    Unknown,
}

impl Role {
    /// The role of a channel's member: a guest if the id starts with `guest_`, else a customer.
    pub fn of_member(id: &ActorId) -> Self {
        if id.is_guest() { Self::Guest } else { Self::Customer }
    }

    /// The side of this role.
    pub fn side(self) -> Side {
        match self {
            Self::Customer | Self::Guest => Side::Member,
            Self::Admin | Self::System | Self::Unknown => Side::Staff,
        }
    }

    /// The role as the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Guest => "guest",
            Self::Admin => "admin",
            Self::System => "system",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The two sides of a channel. The member's side is one person: a customer, a guest, or the
/// customer who claimed that guest. The staff's side is every admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The customer or guest.
    Member,
    /// The shop.
    Staff,
}

impl Side {
    /// The opposite side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Member => Self::Staff,
            Self::Staff => Self::Member,
        }
    }

    /// Whether this side sees the last names of staff. Members do not.
    pub const fn sees_last_names_of_staff(self) -> bool {
        matches!(self, Self::Staff)
    }
}
