//! What belongs to the shop as a whole.

pub(crate) mod canned;
pub(crate) mod labels;
pub(crate) mod reply_times;
pub(crate) mod settings;
mod versioned;
