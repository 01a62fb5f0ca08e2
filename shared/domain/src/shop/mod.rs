//! What belongs to the shop as a whole.

pub(crate) mod canned;
pub(crate) mod hours;
pub(crate) mod labels;
pub(crate) mod reply_time;
pub(crate) mod settings;
