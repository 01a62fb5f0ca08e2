//! What callers see with a channel: its people, and its newest message.

use domain::{Channel, Principal, Roster};
use http::{ApiError, AppState};
use store::Listed;

/// Adds its people and its newest message to each channel.
pub(crate) async fn present(
    app: &AppState,
    channels: Vec<Channel>,
    caller: &Principal,
) -> Result<Vec<Listed>, ApiError> {
    Ok(app.store.with_details(channels, caller.side(), &app.config.default_admin).await?)
}

/// The same for one channel, as `caller` sees it.
pub(crate) async fn present_one(
    app: &AppState,
    channel: Channel,
    caller: &Principal,
    roster: &Roster,
) -> Result<wire::Channel, ApiError> {
    let listed = present(app, vec![channel], caller).await?;
    listed
        .first()
        .map(|listed| view(listed, caller, roster))
        .ok_or(ApiError::Defect("a channel was lost"))
}

/// A channel as `caller` sees it.
pub(crate) fn view(listed: &Listed, caller: &Principal, roster: &Roster) -> wire::Channel {
    let Listed { channel, admin, customer, last_message } = listed;
    let (admin, customer) = (admin.as_ref(), customer.as_ref());
    wire::Channel::new(channel, admin, customer, last_message.as_ref(), caller, roster)
}
