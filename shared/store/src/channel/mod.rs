//! Channels: their heads, who opens and claims them, how far they are read, and lists of them.

pub(crate) mod claim;
pub(crate) mod filter;
pub(crate) mod guests;
pub(crate) mod head;
pub(crate) mod lists;
pub(crate) mod load;
pub(crate) mod open;
pub(crate) mod reads;
pub(crate) mod unread;
