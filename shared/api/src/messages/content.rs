//! What a request may add to a message's text: files, a card, a meeting, the page it is sent from.

use domain::{Card, CardKind, FileId, Meeting, Page, Price, Side, Validation};
use http::{Fields, FromFields};
use utoipa::ToSchema;

/// Most files of a message.
const MAX_FILES: usize = 100;

/// The files of a message, by their ids.
pub(super) fn files(fields: &Fields) -> Result<Vec<FileId>, Validation> {
    const FIELD: &str = "attachments";
    let ids = fields.texts(FIELD, MAX_FILES)?.unwrap_or_default();
    let parse = |id: &String| {
        FileId::parse(id).ok_or(Validation::Form(FIELD, "the ids of files of this channel"))
    };
    ids.iter().map(parse).collect()
}

/// A product, cart, order or page of the shop, as it is now.
#[derive(Debug, ToSchema)]
pub struct SendCard {
    /// The store side may send `product` and `page`.
    #[schema(pattern = "^(product|cart|order|page)$")]
    kind: String,
    /// The id in the shop. An order's is shown to staff only.
    #[schema(max_length = 200)]
    id: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    #[schema(max_length = 200)]
    subtitle: Option<String>,
    /// A page on an allowed origin.
    #[schema(format = "uri")]
    url: Option<String>,
    /// An https URL.
    #[schema(format = "uri")]
    image_url: Option<String>,
    /// Staff only: another's is dropped, for it could be forged.
    #[schema(value_type = Option<SendPrice>)]
    price: Result<Option<SendPrice>, Validation>,
    /// Such as `shipped`.
    #[schema(max_length = 200)]
    state: Option<String>,
}

/// An amount of money.
#[derive(Debug, ToSchema)]
pub struct SendPrice {
    /// In the currency's main unit.
    #[schema(minimum = 0)]
    amount: f64,
    #[schema(pattern = "^[A-Za-z]{3}$", example = "eur")]
    currency_code: String,
}

impl FromFields for SendCard {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self {
            kind: fields.text("kind")?.ok_or(Validation::Required("kind"))?,
            id: fields.text("id")?,
            title: fields.text("title")?.ok_or(Validation::Required("title"))?,
            subtitle: fields.text("subtitle")?,
            url: fields.text("url")?,
            image_url: fields.text("image_url")?,
            price: fields.object("price"),
            state: fields.text("state")?,
        })
    }
}

impl FromFields for SendPrice {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let code = fields.text("currency_code")?;
        Ok(Self {
            amount: fields.number("amount")?.ok_or(Validation::Required("amount"))?,
            currency_code: code.ok_or(Validation::Required("currency_code"))?,
        })
    }
}

impl SendCard {
    /// The card that this side sends, with pages of allowed origins only.
    pub(super) fn card(
        self,
        side: Side,
        is_allowed: impl Fn(&str) -> bool,
    ) -> Result<Card, Validation> {
        let Self { kind, id, title, subtitle, url, image_url, price, state } = self;
        let parse = || {
            let kind = CardKind::parse(&kind, side)?;
            // Others' prices are dropped, whatever they are.
            let price = if side == Side::Staff { price? } else { None };
            let price = price.map(|price| {
                Price::parse(price.amount, price.currency_code)
                    .map_err(|error| error.within("price"))
            });
            let price = price.transpose()?;
            Card { kind, id, title, subtitle, url, image_url, price, state }
                .checked(side, is_allowed)
        };
        parse().map_err(|error| error.within("card"))
    }
}

/// A meeting. Times have an offset.
#[derive(Debug, ToSchema)]
pub struct SendMeeting {
    #[schema(format = "date-time")]
    starts_at: String,
    /// After the start, at most 7 days.
    #[schema(format = "date-time")]
    ends_at: String,
    #[schema(max_length = 200)]
    title: Option<String>,
    /// Where it takes place: an https URL.
    #[schema(format = "uri")]
    url: Option<String>,
}

impl FromFields for SendMeeting {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let time = |field: &'static str| fields.text(field)?.ok_or(Validation::Required(field));
        Ok(Self {
            starts_at: time("starts_at")?,
            ends_at: time("ends_at")?,
            title: fields.text("title")?,
            url: fields.text("url")?,
        })
    }
}

impl SendMeeting {
    /// The meeting.
    pub(super) fn meeting(self) -> Result<Meeting, Validation> {
        Meeting::parse(&self.starts_at, &self.ends_at, self.title, self.url)
            .map_err(|error| error.within("meeting"))
    }
}

/// A page of the shop.
#[derive(Debug, ToSchema)]
pub struct SendPage {
    /// Dropped with the title if it is on no allowed origin.
    #[schema(format = "uri")]
    url: String,
    #[schema(max_length = 200)]
    title: Option<String>,
}

impl FromFields for SendPage {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self {
            url: fields.text("url")?.ok_or(Validation::Required("url"))?,
            title: fields.text("title")?,
        })
    }
}

impl SendPage {
    /// The page, if it is on an allowed origin.
    pub(super) fn page(
        self,
        is_allowed: impl Fn(&str) -> bool,
    ) -> Result<Option<Page>, Validation> {
        Page::parse(self.url, self.title.unwrap_or_default(), is_allowed)
            .map_err(|error| error.within("page"))
    }
}
