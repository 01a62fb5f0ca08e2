//! Reply addresses: `r+<token>@<receiving domain>`, where answers to a mail go.
//!
//! A token names the conversation, the side that was mailed and the mailed address, and is signed.
//! So an answer needs no look-up and no expiry, and another conversation's token cannot be made
//! from it. It has only letters and digits that survive a change of case on the way: base32.
//! Together with `r+` it has 63 of the 64 characters that a local part may have.

use domain::{ChannelKey, EmailAddress, Side};

use crate::app::App;
use crate::error::AppError;
use crate::keys::{KeyRing, LEN, is_same};

/// What the local part begins with.
const PREFIX: &str = "r+";
/// Characters of the mailed address's tag: 40 bits, under our key. Only we can compare an address
/// with it, so it needs no more.
const TAG: usize = 8;

/// The keys that sign reply addresses.
pub struct ReplyKeys(pub(crate) KeyRing);

/// What a token says, after its signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo {
    /// The conversation.
    pub channel: ChannelKey,
    /// The side that was mailed, and that answers.
    pub side: Side,
    tag: String,
    /// The number of the key that signed it.
    key: usize,
}

impl ReplyKeys {
    /// The local part for answers to a mail about a channel, to this side at this address.
    pub fn local_part(&self, channel: &ChannelKey, side: Side, mailed: &EmailAddress) -> String {
        let tag = self.tag(0, channel, mailed).unwrap_or_default();
        let content = format!("{}{}{tag}", channel.as_str(), letter(side));
        format!("{PREFIX}{content}{}", self.0.sign(&signed(&content)))
    }

    /// What a local part says, in any case of its letters; none if it is not ours.
    pub fn read(&self, local_part: &str) -> Option<ReplyTo> {
        let local_part = local_part.to_ascii_lowercase();
        let token = local_part.strip_prefix(PREFIX)?;
        let (content, signature) = token.split_at_checked(LEN + 1 + TAG)?;
        let key = self.0.signer(&signed(content), signature)?;
        let (channel, rest) = content.split_at_checked(LEN)?;
        let (side, tag) = rest.split_at_checked(1)?;
        let side = [Side::Member, Side::Staff].into_iter().find(|of| letter(*of) == side)?;
        Some(ReplyTo { channel: ChannelKey::parse(channel)?, side, tag: tag.to_owned(), key })
    }

    /// Whether this is the address that was mailed. Upper and lower case count as the same.
    pub fn is_mailed(&self, to: &ReplyTo, address: &EmailAddress) -> bool {
        let ours = self.tag(to.key, &to.channel, address);
        ours.is_some_and(|ours| is_same(&ours, &to.tag))
    }

    /// The tag of an address, by the key of this number.
    fn tag(&self, key: usize, channel: &ChannelKey, address: &EmailAddress) -> Option<String> {
        let (channel, address) = (channel.as_str(), address.as_str().to_ascii_lowercase());
        let mut tag = self.0.sign_by(key, &format!("address\n{channel}\n{address}"))?;
        tag.truncate(TAG);
        Some(tag)
    }
}

const fn letter(side: Side) -> &'static str {
    match side {
        Side::Member => "m",
        Side::Staff => "s",
    }
}

fn signed(content: &str) -> String {
    format!("token\n{content}")
}

impl App {
    /// Where answers go to a mail about this channel, to this side at this address; `None` without
    /// a receiving domain.
    pub async fn reply_address(
        &self,
        channel: &ChannelKey,
        side: Side,
        mailed: &EmailAddress,
    ) -> Result<Option<EmailAddress>, AppError> {
        let Some(domain) = &self.config.inbound_domain else { return Ok(None) };
        let keys = self.keys.get(self.clock.now()).await?;
        let local_part = keys.replies.local_part(channel, side, mailed);
        Ok(EmailAddress::parse(&format!("{local_part}@{domain}")))
    }
}

#[cfg(test)]
mod tests {
    use domain::ChannelHash;

    use super::*;
    use crate::keys::Keys;

    fn keys(masters: &[&str]) -> ReplyKeys {
        let masters: Vec<_> = masters.iter().map(|master| master.repeat(32)).collect();
        Keys::new(&masters.join("\n")).expect("keys").replies
    }

    fn channel(customer: &str) -> ChannelKey {
        ChannelHash::parse(&format!("direct:admin:{customer}")).expect("a hash").key()
    }

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("an address")
    }

    #[test]
    fn a_token_is_of_one_channel_one_side_and_one_address() {
        let (keys, ada) = (keys(&["1"]), address("Ada@Customers.example"));
        let local_part = keys.local_part(&channel("cus_1"), Side::Member, &ada);
        assert!(local_part.len() <= 64, "{local_part}");
        assert!(!local_part.contains("cus_1") && !local_part.contains("ada"));
        for arrived in [local_part.clone(), local_part.to_uppercase()] {
            let to = keys.read(&arrived).expect("ours");
            assert_eq!((&to.channel, to.side), (&channel("cus_1"), Side::Member));
            assert!(keys.is_mailed(&to, &address("ada@customers.EXAMPLE")));
            assert!(!keys.is_mailed(&to, &address("eve@customers.example")));
        }
        let staff = keys.local_part(&channel("cus_1"), Side::Staff, &ada);
        assert_eq!(keys.read(&staff).map(|to| to.side), Some(Side::Staff));
        assert_ne!(staff.get(37..), local_part.get(37..), "the side is signed");
    }

    #[test]
    fn only_own_tokens_are_read() {
        let (ours, ada) = (keys(&["1"]), address("ada@customers.example"));
        let local_part = ours.local_part(&channel("cus_1"), Side::Member, &ada);
        let other = ours.local_part(&channel("cus_2"), Side::Member, &ada);
        // The second channel in the first one's token.
        let moved = format!("{}{}", &other[..28], &local_part[28..]);
        let changed = local_part.chars().enumerate().skip(2).map(|(at, c)| {
            let other = if c == 'a' { 'b' } else { 'a' };
            local_part.chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect()
        });
        let changed: Vec<String> = changed.collect();
        for wrong in changed.iter().map(String::as_str).chain([
            "",
            "r+",
            "x",
            &local_part[2..],
            &local_part[..62],
            &format!("{local_part}a"),
            &moved,
            &"é".repeat(31),
            &keys(&["2"]).local_part(&channel("cus_1"), Side::Member, &ada),
        ]) {
            assert_eq!(ours.read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn older_mails_can_be_answered_after_a_change_of_the_key() {
        let (before, during) = (keys(&["1"]), keys(&["2", "1"]));
        let ada = address("ada@customers.example");
        let to = during.read(&before.local_part(&channel("cus_1"), Side::Member, &ada));
        assert!(during.is_mailed(&to.expect("ours"), &ada));
    }
}
