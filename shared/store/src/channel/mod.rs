//! Channels: their heads, who opens them, how far they are read, and lists of them.

pub(crate) mod channels;
pub(crate) mod guests;
pub(crate) mod head;
pub(crate) mod lists;
pub(crate) mod reads;
