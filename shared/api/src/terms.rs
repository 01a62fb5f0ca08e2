//! The limits on opening channels and on changing a guest's name.

use domain::{OpensLimit, Principal};
use http::AppState;
use store::Terms;

/// The terms for this caller; `address` is a digest of where the request came from.
pub fn terms<'a>(app: &AppState, caller: &Principal, address: &'a str) -> Terms<'a> {
    let config = &app.config;
    let opens = match caller {
        Principal::Guest(_) => config.guest_opens,
        Principal::Customer(_) => config.customer_opens,
        Principal::Admin(_) => OpensLimit { per_hour: u32::MAX, ever: u32::MAX },
    };
    Terms {
        opens,
        guests_per_hour: config.guests_per_hour,
        renames: config.guest_renames,
        held: config.channels_held,
        address,
    }
}
