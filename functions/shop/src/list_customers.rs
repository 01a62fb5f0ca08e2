//! Find customers of the shop.

use axum::{Extension, Json};
use domain::{ActorId, Validation};
use http::{Admin, ApiError, AppState, FromQuery, Params, Query, Refusals, page_size};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::medusa::{Calls, Shop};

/// Entries of a list unless a limit is given, and most entries.
const DEFAULT_LIMIT: u64 = 10;
const MAX_LIMIT: usize = 50;
/// Longest search text, in characters.
const MAX_TEXT: usize = 200;
/// Most rows in which several words, or an order's number, are looked for.
const MAX_ROWS: &str = "100";
/// Most digits of an order's number.
const MAX_DIGITS: usize = 15;
/// The fields of a customer. Without a `+` or `*` they replace Medusa's own, which are many.
pub(crate) const CUSTOMER_FIELDS: &str = "id,first_name,last_name,email";

/// What to look for in the shop.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// At most 200 characters; without it, the newest entries.
    q: Option<String>,
    /// At most this many; more than 50 is 50.
    #[param(minimum = 1, default = 10)]
    limit: Option<u64>,
}

impl FromQuery for Search {
    fn from_query(query: &Params) -> Result<Self, Validation> {
        let q = query.text("q").map(str::trim).filter(|text| !text.is_empty());
        if q.is_some_and(|text| text.chars().count() > MAX_TEXT) {
            return Err(Validation::TooBig("q", MAX_TEXT as u64));
        }
        Ok(Self { q: q.map(str::to_owned), limit: query.whole("limit", 1)? })
    }
}

impl Search {
    pub(crate) fn text(&self) -> Option<&str> {
        self.q.as_deref()
    }

    pub(crate) fn limit(&self) -> usize {
        page_size(self.limit, DEFAULT_LIMIT).min(MAX_LIMIT)
    }
}

/// A customer of the shop.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ShopCustomer {
    pub(crate) id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
}

/// `{customers}`
#[derive(Deserialize, Serialize, ToSchema)]
pub struct ShopCustomersAnswer {
    customers: Vec<ShopCustomer>,
}

/// A part of the shop's orders.
#[derive(Deserialize)]
struct Orders {
    orders: Vec<Order>,
}

#[derive(Deserialize)]
struct Order {
    display_id: u64,
    customer: Option<ShopCustomer>,
}

/// Finds customers of the shop by name, e-mail address, id or the number of an order.
#[utoipa::path(
    get, path = "", operation_id = "list_shop_customers",
    params(Search),
    responses((status = 200, body = ShopCustomersAnswer), Refusals)
)]
pub async fn list_customers(
    app: AppState,
    _: Admin,
    Extension(shop): Extension<Shop>,
    Query(search): Query<Search>,
) -> Result<Json<ShopCustomersAnswer>, ApiError> {
    let customers = shop.ask(&app, async |calls| find(&calls, &search).await).await?;
    Ok(Json(ShopCustomersAnswer { customers }))
}

async fn find(calls: &Calls<'_>, search: &Search) -> Result<Vec<ShopCustomer>, ApiError> {
    let Some(text) = search.text() else { return newest(calls, search.limit()).await };
    let mut found = match order_number(text) {
        // A number may also be part of an address.
        Some(number) if !text.starts_with('#') => {
            let (of_order, of_text) =
                tokio::try_join!(by_order(calls, number), by_text(calls, text))?;
            of_order.into_iter().chain(of_text).collect()
        }
        Some(number) => by_order(calls, number).await?,
        None if is_id(text) => by_id(calls, text).await?,
        None => by_text(calls, text).await?,
    };
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|customer: &ShopCustomer| seen.insert(customer.id.clone()));
    found.truncate(search.limit());
    Ok(found)
}

/// The number in `#1042` or `1042`.
fn order_number(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    (digits.len() <= MAX_DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// Whether a text is an id, and not an address that begins like one.
fn is_id(text: &str) -> bool {
    text.starts_with("cus_") && ActorId::parse(text).is_some()
}

async fn newest(calls: &Calls<'_>, limit: usize) -> Result<Vec<ShopCustomer>, ApiError> {
    let limit = limit.to_string();
    customers(calls, &[("order", "-created_at"), ("limit", &limit)]).await
}

async fn by_id(calls: &Calls<'_>, id: &str) -> Result<Vec<ShopCustomer>, ApiError> {
    customers(calls, &[("id", id), ("limit", "1")]).await
}

/// Medusa looks for the whole text in each field, so it finds no first name with a last name. It is
/// asked for the longest word, and the other words are looked for in what it finds.
async fn by_text(calls: &Calls<'_>, text: &str) -> Result<Vec<ShopCustomer>, ApiError> {
    let longest = text.split_whitespace().max_by_key(|word| word.chars().count());
    let rows = [("q", longest.unwrap_or(text)), ("limit", MAX_ROWS)];
    let mut found = customers(calls, &rows).await?;
    if text.contains(char::is_whitespace) {
        let text = text.to_lowercase();
        found.retain(|customer| text.split_whitespace().all(|word| customer.contains(word)));
    }
    Ok(found)
}

/// Medusa has no filter for an order's number: it looks for the digits in numbers, addresses and
/// phone numbers. By number, no more rows than the number itself are before the order.
async fn by_order(calls: &Calls<'_>, number: u64) -> Result<Vec<ShopCustomer>, ApiError> {
    let digits = number.to_string();
    let fields = "id,display_id,customer.id,customer.first_name,customer.last_name,customer.email";
    let parameters =
        [("q", &*digits), ("order", "display_id"), ("limit", MAX_ROWS), ("fields", fields)];
    let found: Orders = calls.list("orders", &parameters).await?;
    let order = found.orders.into_iter().find(|order| order.display_id == number);
    Ok(order.and_then(|order| order.customer).into_iter().collect())
}

async fn customers(
    calls: &Calls<'_>,
    parameters: &[(&str, &str)],
) -> Result<Vec<ShopCustomer>, ApiError> {
    let mut parameters = parameters.to_vec();
    parameters.push(("fields", CUSTOMER_FIELDS));
    let found: ShopCustomersAnswer = calls.list("customers", &parameters).await?;
    Ok(found.customers)
}

impl ShopCustomer {
    /// Whether a field contains this word, which is in lower case.
    fn contains(&self, word: &str) -> bool {
        let fields = [&self.first_name, &self.last_name, &self.email];
        fields.into_iter().flatten().any(|text| text.to_lowercase().contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::order_number;

    #[test]
    fn an_order_is_named_by_its_number() {
        for (text, number) in [
            ("#1042", Some(1042)),
            ("1042", Some(1042)),
            ("#", None),
            ("", None),
            ("##1", None),
            ("1042b", None),
            ("-1", None),
            ("+1", None),
            ("999999999999999", Some(999_999_999_999_999)),
            ("9999999999999999", None),
        ] {
            assert_eq!(order_number(text), number, "{text}");
        }
    }
}
