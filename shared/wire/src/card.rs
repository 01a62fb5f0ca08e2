//! Cards: what of the shop a message is about.

use domain::{CardKind, Side};
use serde::Serialize;

/// A product, cart, order or page of the shop, as it was when the message was sent.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Card {
    /// `product`, `cart`, `order` or `page`.
    kind: &'static str,
    /// The id in the shop. An order's is for staff only, like a URL that holds it; not in events.
    id: Option<String>,
    title: String,
    subtitle: Option<String>,
    /// A page of the shop.
    url: Option<String>,
    image_url: Option<String>,
    price: Option<Price>,
    /// Such as `shipped`.
    state: Option<String>,
}

/// An amount of money.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Price {
    /// In the currency's main unit.
    #[cfg_attr(feature = "openapi", schema(value_type = f64))]
    amount: domain::Amount,
    currency_code: String,
}

impl Card {
    /// The card as that side sees it; `None` for a kind that is unknown here.
    pub fn new(card: &domain::Card, side: Side) -> Option<Self> {
        if card.kind == CardKind::Unknown {
            return None;
        }
        let card = match side {
            Side::Staff => card.clone(),
            Side::Member => card.for_member(),
        };
        let price = card
            .price
            .map(|price| Price { amount: price.amount, currency_code: price.currency_code });
        Some(Self {
            kind: card.kind.as_str(),
            id: card.id,
            title: card.title,
            subtitle: card.subtitle,
            url: card.url,
            image_url: card.image_url,
            price,
            state: card.state,
        })
    }
}
