//! The status of a conversation in the staff's work.

/// The status of a conversation. Each status is a queue of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The staff works on it, or has not looked at it yet.
    Open,
}

impl Status {
    /// Every status: a list of all channels goes over these.
    pub const ALL: [Self; 1] = [Self::Open];

    /// The status as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
        }
    }
}
