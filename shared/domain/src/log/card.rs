//! Cards: what of the shop a message is about, as it was when the message was sent.

use serde::{Deserialize, Serialize, Serializer};

use crate::people::principal::Side;
use crate::refusal::Validation;
use crate::text::url::{is_https, web_origin};

/// Longest text of a card, in characters.
pub const MAX_CARD_TEXT: usize = 200;
/// Highest price, in the currency's main unit.
const MAX_AMOUNT: f64 = 1e12;

/// Lowest price above 0; a lower one is 0.
const MIN_AMOUNT: f64 = 1e-6;

/// What a card shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum CardKind {
    Product,
    Cart,
    Order,
    Page,
    /// A kind that a newer version wrote.
    #[serde(other)]
    Unknown,
}

impl CardKind {
    /// Parses a kind that this side may send.
    pub fn parse(text: &str, side: Side) -> Result<Self, Validation> {
        let allowed = match side {
            Side::Staff => "product, cart, order, page",
            Side::Member => "product, page",
        };
        match text {
            "product" => Ok(Self::Product),
            "page" => Ok(Self::Page),
            "cart" if side == Side::Staff => Ok(Self::Cart),
            "order" if side == Side::Staff => Ok(Self::Order),
            other => Err(Validation::OneOf { field: "kind", allowed, got: other.to_owned() }),
        }
    }

    /// The kind as the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Cart => "cart",
            Self::Order => "order",
            Self::Page => "page",
            Self::Unknown => "unknown",
        }
    }
}

/// A card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Card {
    pub kind: CardKind,
    /// The id in the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// A page of the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// An `https` URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Such as `shipped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// In the currency's main unit.
    pub amount: Amount,
    /// Three letters, ISO 4217.
    pub currency_code: String,
}

/// A number that is not negative.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct Amount(f64);

impl Amount {
    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.0.total_cmp(&other.0).is_eq()
    }
}

impl Eq for Amount {}

/// A whole number is written without a fraction.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0 <= MAX_AMOUNT {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number from 0 to 10^12"
            )]
            return serializer.serialize_u64(self.0 as u64);
        }
        serializer.serialize_f64(self.0)
    }
}

impl Price {
    /// Checks an amount and its currency.
    pub fn parse(amount: f64, currency_code: String) -> Result<Self, Validation> {
        if !amount.is_finite() || amount < 0.0 {
            return Err(Validation::TooSmall("amount", 0));
        }
        if amount > MAX_AMOUNT {
            return Err(Validation::TooBig("amount", 1_000_000_000_000));
        }
        let is_code =
            currency_code.len() == 3 && currency_code.bytes().all(|b| b.is_ascii_alphabetic());
        if !is_code {
            return Err(Validation::Form("currency_code", "three letters (ISO 4217)"));
        }
        // Less than any currency has, or -0.
        let amount = if amount < MIN_AMOUNT { 0.0 } else { amount };
        Ok(Self { amount: Amount(amount), currency_code })
    }
}

impl Card {
    /// Checks a card that this side sends. `is_allowed` says whether a page of an origin belongs to
    /// the shop. A price of the member's side is dropped: it could be forged.
    pub fn checked(
        mut self,
        side: Side,
        is_allowed: impl Fn(&str) -> bool,
    ) -> Result<Self, Validation> {
        if side == Side::Member {
            self.price = None;
        }
        if self.title.trim().is_empty() {
            return Err(Validation::TooSmall("title", 1));
        }
        let texts = [
            ("id", self.id.as_ref()),
            ("title", Some(&self.title)),
            ("subtitle", self.subtitle.as_ref()),
            ("state", self.state.as_ref()),
        ];
        for (field, text) in texts {
            let Some(text) = text else { continue };
            if text.chars().count() > MAX_CARD_TEXT {
                return Err(Validation::TooBig(field, MAX_CARD_TEXT as u64));
            }
            if field != "id" && holds_order_id(text) {
                return Err(Validation::Form(field, "a text without an order's id"));
            }
        }
        let is_page = |url: &String| web_origin(url).is_some_and(|origin| is_allowed(&origin));
        if !self.url.as_ref().is_none_or(is_page) {
            return Err(Validation::Form("url", "a URL on an allowed origin"));
        }
        if !self.image_url.as_deref().is_none_or(is_https) {
            return Err(Validation::Form("image_url", "an https URL"));
        }
        Ok(self)
    }

    /// The card as the member's side sees it. The id of an order opens it in Medusa, so neither the
    /// id nor a URL with one is shown there.
    #[must_use]
    pub fn for_member(&self) -> Self {
        let shown = |text: &Option<String>| text.clone().filter(|text| !holds_order_id(text));
        let [id, url, image_url] = [&self.id, &self.url, &self.image_url].map(shown);
        Self { id, url, image_url, ..self.clone() }
    }
}

/// Whether a text holds the id of an order, `order_…`, in a URL's spelling too.
fn holds_order_id(text: &str) -> bool {
    let text = decoded(text).to_ascii_lowercase();
    text.match_indices("order_").any(|(at, found)| {
        let rest = text.get(at + found.len()..).unwrap_or_default();
        rest.starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

/// A text with its percent escapes of ASCII characters decoded, however often they are escaped.
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(once) = decoded_once(&text) {
        text = once;
    }
    text
}

/// `None` if there is nothing to decode.
fn decoded_once(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let (mut rest, mut is_changed) = (text, false);
    while let Some(at) = rest.find('%') {
        plain.push_str(rest.get(..at)?);
        let byte = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = byte.filter(u8::is_ascii_graphic) {
            plain.push(char::from(byte));
            is_changed = true;
            rest = rest.get(at + 3..)?;
        } else {
            plain.push('%');
            rest = rest.get(at + 1..)?;
        }
    }
    plain.push_str(rest);
    is_changed.then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> Card {
        Card {
            kind: CardKind::Product,
            id: Some("prod_1".to_owned()),
            title: "Mug".to_owned(),
            subtitle: None,
            url: Some("https://shop.example/p/mug".to_owned()),
            image_url: Some("https://cdn.example/mug.jpg".to_owned()),
            price: Some(Price::parse(12.5, "eur".to_owned()).expect("a price")),
            state: None,
        }
    }

    fn check(card: Card, side: Side) -> Result<Card, Validation> {
        card.checked(side, |origin| origin == "https://shop.example")
    }

    #[test]
    fn a_price_of_the_store_side_is_dropped() {
        assert_eq!(check(card(), Side::Staff), Ok(card()));
        assert_eq!(check(card(), Side::Member), Ok(Card { price: None, ..card() }));
    }

    #[test]
    fn only_staff_sends_orders_and_carts() {
        for kind in ["product", "page"] {
            assert!(CardKind::parse(kind, Side::Member).is_ok());
        }
        for kind in ["cart", "order"] {
            assert!(CardKind::parse(kind, Side::Staff).is_ok());
            assert!(CardKind::parse(kind, Side::Member).is_err());
        }
        assert!(CardKind::parse("unknown", Side::Staff).is_err());
    }

    #[test]
    fn a_page_is_on_an_allowed_origin_and_a_picture_secure() {
        let url = |url: &str| check(Card { url: Some(url.to_owned()), ..card() }, Side::Staff);
        for wrong in [
            "https://evil.example/p",
            "https://shop.example.evil.example/",
            "https://shop.example@evil.example/",
            "http://shop.example/",
            "https://shop.example:8443/",
            "javascript:alert(1)",
            "/p/mug",
            "",
        ] {
            assert_eq!(
                url(wrong),
                Err(Validation::Form("url", "a URL on an allowed origin")),
                "{wrong}"
            );
        }
        assert!(url("https://SHOP.example:443/p").is_ok());
        let image = Card { image_url: Some("http://cdn.example/mug.jpg".to_owned()), ..card() };
        assert_eq!(check(image, Side::Staff), Err(Validation::Form("image_url", "an https URL")));
    }

    #[test]
    fn texts_have_limits() {
        let titled = |title: &str| check(Card { title: title.to_owned(), ..card() }, Side::Staff);
        assert!(titled(&"ä".repeat(200)).is_ok());
        assert_eq!(titled(&"ä".repeat(201)), Err(Validation::TooBig("title", 200)));
        assert_eq!(titled(" "), Err(Validation::TooSmall("title", 1)));
        assert!(titled("Order order_01ABC").is_err());
        assert!(titled("Order #1001, order_").is_ok());
    }

    #[test]
    fn the_member_sees_no_id_of_an_order() {
        for url in [
            "https://shop.example/orders/order_01JABC",
            "https://shop.example/orders/order%5F01JABC",
            "https://shop.example/orders/%6Frder%255f01JABC",
            "https://shop.example/?o=ORDER_01JABC",
            "https://shop.example/%zz/order_1",
        ] {
            let (id, url) = (Some("order_01JABC".to_owned()), Some(url.to_owned()));
            let kept = Card { id, url, ..card() };
            let checked = check(kept.clone(), Side::Staff);
            assert_eq!(checked, Ok(kept.clone()), "staff keeps it");
            let shown = kept.for_member();
            assert_eq!((shown.id, shown.url), (None, None));
            assert!(shown.image_url.is_some());
        }
        assert_eq!(card().for_member(), card());
    }

    #[test]
    fn a_price_is_sane() {
        let parse = |amount, code: &str| Price::parse(amount, code.to_owned());
        for amount in [0.0, -0.0, 5e-324, 0.1, 19.99, 1e12] {
            assert!(parse(amount, "eur").is_ok(), "{amount}");
        }
        for amount in [-0.01, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.1e12] {
            assert!(parse(amount, "eur").is_err(), "{amount}");
        }
        for code in ["", "eu", "euro", "e1r", "€uo"] {
            assert!(parse(1.0, code).is_err(), "{code}");
        }
    }
}
