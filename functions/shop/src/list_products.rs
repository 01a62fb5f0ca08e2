//! Find products of the shop.

use axum::{Extension, Json};
use http::{Admin, ApiError, AppState, Query, Refusals};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;
use crate::get_customer::Price;
use crate::list_customers::Search;
use crate::medusa::{Calls, Shop};

/// The fields of a product. Without `price_rules.*` the price of one region looks like a price for
/// everybody.
const FIELDS: &str = "id,title,handle,thumbnail,variants.prices.amount,\
     variants.prices.currency_code,variants.prices.min_quantity,variants.prices.price_rules.*";

/// A product of the shop.
#[derive(Serialize, ToSchema)]
pub struct ShopProduct {
    id: String,
    title: String,
    handle: Option<String>,
    thumbnail: Option<String>,
    /// The lowest price of a variant, in the first currency that Medusa lists: without taxes,
    /// regions, price lists and promotions.
    price: Option<Price>,
}

/// `{products}`
#[derive(Serialize, ToSchema)]
pub struct ShopProductsAnswer {
    products: Vec<ShopProduct>,
}

#[derive(Deserialize)]
struct Listed {
    products: Vec<ListedProduct>,
}

#[derive(Deserialize)]
struct ListedProduct {
    id: String,
    title: String,
    handle: Option<String>,
    thumbnail: Option<String>,
    variants: Option<Vec<Variant>>,
}

#[derive(Deserialize)]
struct Variant {
    prices: Option<Vec<ListedPrice>>,
}

#[derive(Deserialize)]
struct ListedPrice {
    amount: Amount,
    currency_code: String,
    /// Set for a price of larger quantities.
    min_quantity: Option<Amount>,
    /// What a price depends on, as `{"region_id": "reg_…"}`.
    #[serde(default)]
    rules: serde_json::Map<String, serde_json::Value>,
}

/// Finds published products of the shop by words of their titles and descriptions.
#[utoipa::path(
    get, path = "", operation_id = "list_shop_products",
    params(Search),
    responses((status = 200, body = ShopProductsAnswer), Refusals)
)]
pub async fn list_products(
    app: AppState,
    _: Admin,
    Extension(shop): Extension<Shop>,
    Query(search): Query<Search>,
) -> Result<Json<ShopProductsAnswer>, ApiError> {
    let products = shop.ask(&app, async |calls| find(&calls, &search).await).await?;
    Ok(Json(ShopProductsAnswer { products }))
}

async fn find(calls: &Calls<'_>, search: &Search) -> Result<Vec<ShopProduct>, ApiError> {
    let limit = search.limit().to_string();
    let mut parameters =
        vec![("status[]", "published"), ("limit", limit.as_str()), ("fields", FIELDS)];
    parameters.push(search.text().map_or(("order", "-created_at"), |text| ("q", text)));
    let listed: Listed = calls.list("products", &parameters).await?;
    Ok(listed.products.into_iter().map(ListedProduct::shown).collect())
}

impl ListedProduct {
    fn shown(self) -> ShopProduct {
        let variants = self.variants.unwrap_or_default();
        let prices = variants.into_iter().flat_map(|variant| variant.prices.unwrap_or_default());
        let ListedProduct { id, title, handle, thumbnail, .. } = self;
        ShopProduct { id, title, handle, thumbnail, price: lowest(prices) }
    }
}

/// The lowest price for everybody, in the currency of the first one.
fn lowest(prices: impl Iterator<Item = ListedPrice>) -> Option<Price> {
    let mut general = prices.filter(|price| price.rules.is_empty() && price.min_quantity.is_none());
    let ListedPrice { amount, currency_code, .. } = general.next()?;
    let others = general.filter(|price| price.currency_code == currency_code);
    let lower = |lowest: Amount, price: ListedPrice| {
        if price.amount.is_below(lowest) { price.amount } else { lowest }
    };
    Some(Price { amount: others.fold(amount, lower), currency_code: currency_code.clone() })
}
