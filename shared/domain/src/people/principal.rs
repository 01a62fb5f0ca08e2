//! Who is calling, once the credentials are checked.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::ActorId;

/// An authenticated caller. There is no bare user id anywhere: an id without its kind decides
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A customer of the shop, by Medusa's token.
    Customer(ActorId),
    /// A logged-out visitor, by the secret in its browser; the id is the public one.
    Guest(ActorId),
    /// A member of the staff, by Medusa's token.
    Admin(ActorId),
}

impl Principal {
    /// The caller's id.
    pub fn id(&self) -> &ActorId {
        match self {
            Self::Customer(id) | Self::Guest(id) | Self::Admin(id) => id,
        }
    }

    /// The role under which the caller's messages appear.
    pub fn role(&self) -> Role {
        match self {
            Self::Customer(_) => Role::Customer,
            Self::Guest(_) => Role::Guest,
            Self::Admin(_) => Role::Admin,
        }
    }

    /// The side of the conversation on which the caller stands.
    pub fn side(&self) -> Side {
        self.role().side()
    }
}

/// What a participant is to the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A customer with an account.
    Customer,
    /// A logged-out visitor.
    Guest,
    /// A member of the staff.
    Admin,
    /// The shop itself.
    System,
    /// A role that a newer version wrote. Never given to a caller, and never shown.
    #[serde(other)]
    Unknown,
}

impl Role {
    /// The role of the person on the shopper's side: `guest` exactly when the id starts with
    /// `guest_`.
    pub fn of_member(id: &ActorId) -> Self {
        if id.is_guest() { Self::Guest } else { Self::Customer }
    }

    /// The side on which this role stands.
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

/// The two sides of a channel. On the member's side stands one person only: a customer, or a guest,
/// or the customer who claimed that guest. On the staff's side stands every admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The customer or guest.
    Member,
    /// The shop.
    Staff,
}

impl Side {
    /// The side that this one talks with.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Member => Self::Staff,
            Self::Staff => Self::Member,
        }
    }
}
