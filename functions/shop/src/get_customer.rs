//! A customer of the shop, with the newest orders.

use axum::extract::Path;
use axum::{Extension, Json};
use domain::{ActorId, Refusal};
use futures_util::future::try_join_all;
use http::{Admin, ApiError, AppState, Refusals};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;
use crate::list_customers::CUSTOMER_FIELDS;
use crate::list_customers::ShopCustomer;
use crate::medusa::{Calls, Shop};

/// Orders that are shown, and most items of each.
const SHOWN_ORDERS: usize = 10;
const SHOWN_ITEMS: usize = 50;
/// How many of the newest orders `spent` adds up.
const ADDED_ORDERS: &str = "100";
/// The fields of an order in the list. Medusa 2.12 computes `total` wrongly there, and leaves out
/// how many of an item were ordered. Only `*summary` has the right amount.
const ORDER_FIELDS: &str = "id,display_id,status,created_at,currency_code,*summary";
/// The fields of one order: with the whole items it says how many.
const ITEM_FIELDS: &str = "id,*items";
/// How Medusa spells the status of a cancelled order.
const CANCELLED: &str = "canceled";

/// `{customer}`
#[derive(Serialize, ToSchema)]
pub struct ShopCustomerAnswer {
    customer: CustomerWithOrders,
}

/// A customer of the shop, with the newest orders.
#[derive(Serialize, ToSchema)]
pub struct CustomerWithOrders {
    #[serde(flatten)]
    customer: ShopCustomer,
    created_at: Option<String>,
    /// How many orders the shop has of the customer, cancelled ones included.
    orders_count: u64,
    /// What the newest 100 orders amount to in each currency, without cancelled ones.
    spent: Vec<Price>,
    /// The newest 10.
    orders: Vec<ShopOrder>,
}

/// Money, in major units.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Price {
    #[schema(value_type = f64, example = 82.5)]
    pub(crate) amount: Amount,
    #[schema(example = "eur")]
    pub(crate) currency_code: String,
}

/// An order. Its id is for staff only: in Medusa, whoever has it can read the order.
#[derive(Serialize, ToSchema)]
pub struct ShopOrder {
    id: String,
    /// The number that the customer knows.
    display_id: Option<u64>,
    status: String,
    payment_status: Option<String>,
    fulfillment_status: Option<String>,
    #[schema(value_type = Option<f64>, example = 82.5)]
    total: Option<Amount>,
    currency_code: String,
    created_at: String,
    /// At most 50.
    items: Vec<ShopItem>,
}

/// An item of an order.
#[derive(Deserialize, Serialize, ToSchema)]
pub struct ShopItem {
    title: String,
    #[schema(value_type = f64)]
    quantity: Amount,
    thumbnail: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    customer: FoundCustomer,
}

#[derive(Deserialize)]
struct FoundCustomer {
    #[serde(flatten)]
    customer: ShopCustomer,
    created_at: Option<String>,
}

/// A part of the shop's orders.
#[derive(Deserialize)]
struct ListedOrders {
    orders: Vec<ListedOrder>,
    count: u64,
}

#[derive(Deserialize)]
struct ListedOrder {
    id: String,
    display_id: Option<u64>,
    status: String,
    payment_status: Option<String>,
    fulfillment_status: Option<String>,
    currency_code: String,
    created_at: String,
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    current_order_total: Option<Amount>,
}

#[derive(Deserialize)]
struct FoundOrder {
    order: OrderItems,
}

#[derive(Deserialize)]
struct OrderItems {
    items: Vec<ShopItem>,
}

impl ListedOrder {
    fn total(&self) -> Option<Amount> {
        self.summary.as_ref().and_then(|summary| summary.current_order_total)
    }

    fn with_items(self, mut items: Vec<ShopItem>) -> ShopOrder {
        items.truncate(SHOWN_ITEMS);
        ShopOrder {
            total: self.total(),
            id: self.id,
            display_id: self.display_id,
            status: self.status,
            payment_status: self.payment_status,
            fulfillment_status: self.fulfillment_status,
            currency_code: self.currency_code,
            created_at: self.created_at,
            items,
        }
    }
}

/// Returns a customer of the shop, with the newest orders and what they amount to.
#[utoipa::path(
    get, path = "", operation_id = "get_shop_customer",
    params(("customer_id" = String, Path, description = "A customer's id in Medusa")),
    responses((status = 200, body = ShopCustomerAnswer), Refusals)
)]
pub async fn get_customer(
    app: AppState,
    _: Admin,
    Extension(shop): Extension<Shop>,
    Path(id): Path<String>,
) -> Result<Json<ShopCustomerAnswer>, ApiError> {
    // An id in another form would change the path of the call.
    let found = match ActorId::parse(&id) {
        Some(id) if !id.is_guest() => shop.ask(&app, async |calls| find(&calls, &id).await).await?,
        _ => None,
    };
    let customer = found.ok_or(Refusal::NoShopCustomer(id))?;
    Ok(Json(ShopCustomerAnswer { customer }))
}

async fn find(calls: &Calls<'_>, id: &ActorId) -> Result<Option<CustomerWithOrders>, ApiError> {
    let (path, fields) = (format!("customers/{id}"), format!("{CUSTOMER_FIELDS},created_at"));
    let fields = [("fields", &*fields)];
    let newest = [
        ("customer_id", id.as_str()),
        ("order", "-created_at"),
        ("limit", ADDED_ORDERS),
        ("fields", ORDER_FIELDS),
    ];
    let (found, listed) = tokio::try_join!(
        calls.get::<Found>(&path, &fields),
        calls.list::<ListedOrders>("orders", &newest)
    )?;
    // Some proxies respond 200 to anything: only the requested customer counts.
    let Some(found) = found.filter(|found| found.customer.customer.id == id.as_str()) else {
        return Ok(None);
    };
    let spent = spent(&listed.orders);
    let shown = listed.orders.into_iter().take(SHOWN_ORDERS);
    let orders = try_join_all(shown.map(async |order| {
        let items = items(calls, &order.id).await?;
        Ok::<_, ApiError>(order.with_items(items))
    }));
    let FoundCustomer { customer, created_at } = found.customer;
    let (orders_count, orders) = (listed.count, orders.await?);
    Ok(Some(CustomerWithOrders { customer, created_at, orders_count, spent, orders }))
}

/// The items of an order; none if it was deleted meanwhile.
async fn items(calls: &Calls<'_>, order: &str) -> Result<Vec<ShopItem>, ApiError> {
    let Some(id) = ActorId::parse(order) else { return Ok(Vec::new()) };
    let found: Option<FoundOrder> =
        calls.get(&format!("orders/{id}"), &[("fields", ITEM_FIELDS)]).await?;
    Ok(found.map(|found| found.order.items).unwrap_or_default())
}

/// The sum of the orders in each currency, in the order in which the currencies occur. Cancelled
/// orders do not count, nor does an amount with which a sum would be too large.
fn spent(orders: &[ListedOrder]) -> Vec<Price> {
    let mut spent: Vec<Price> = Vec::new();
    for order in orders.iter().filter(|order| order.status != CANCELLED) {
        let Some(total) = order.total() else { continue };
        let mut sums = spent.iter_mut();
        if let Some(sum) = sums.find(|sum| sum.currency_code == order.currency_code) {
            sum.amount = sum.amount.plus(total).unwrap_or(sum.amount);
        } else {
            let currency_code = order.currency_code.clone();
            spent.push(Price { amount: total, currency_code });
        }
    }
    spent
}
