//! What callers see with a channel: its people, and its newest message.

use domain::{Channel, Newest, Principal, Roster};
use http::{ApiError, AppState};
use store::{Done, Listed};
use wire::{FileLinks, Known};

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
    let shown = views(app, &listed, caller, roster).await;
    shown.into_iter().next().ok_or(ApiError::Defect("a channel was lost"))
}

/// The channel after a command, as `caller` sees it.
pub(crate) async fn present_done(
    app: &AppState,
    done: Done<()>,
    caller: &Principal,
    roster: &Roster,
) -> Result<wire::Channel, ApiError> {
    let is_in_head = !matches!(done.channel.newest, Some(Newest::At(_)))
        && done.channel.work.rating.is_none_or(|rating| rating.comment_seq.is_none());
    if !is_in_head || done.people.is_empty() {
        return present_one(app, done.channel, caller, roster).await;
    }
    let Done { channel, mut people, .. } = done;
    let last_message = match &channel.newest {
        Some(Newest::Inline(message)) => Some(message.clone()),
        _ => None,
    };
    let admin = Some(&channel.admin_id).filter(|id| **id != app.config.default_admin);
    let admin = admin.and_then(|id| people.remove(id));
    let customer = people.remove(&channel.member_id);
    let listed = [Listed { channel, last_message, comment: None, admin, customer }];
    let shown = views(app, &listed, caller, roster).await;
    shown.into_iter().next().ok_or(ApiError::Defect("a channel was lost"))
}

/// Channels as `caller` sees them.
pub(crate) async fn views(
    app: &AppState,
    listed: &[Listed],
    caller: &Principal,
    roster: &Roster,
) -> Vec<wire::Channel> {
    let newest = listed.iter().filter_map(|listed| listed.last_message.as_ref());
    let links = app.file_links(newest).await;
    let links = links.as_ref().map(|links| links as &dyn FileLinks);
    let view = |Listed { channel, admin, customer, last_message, comment }: &Listed| {
        let (admin, customer) = (admin.as_ref(), customer.as_ref());
        let known = Known { channel, admin, customer, roster, links };
        wire::Channel::new(&known, last_message.as_ref(), comment.as_deref(), caller)
    };
    listed.iter().map(view).collect()
}
