//! What the demo shop sells, and to whom: products, orders and customers, in the form of Medusa
//! 2.12's admin API.

use serde_json::{Value, json};

/// A product: handle, title, price in cents of a euro, status.
type Product = (&'static str, &'static str, u64, &'static str);

const PRODUCTS: [Product; 7] = [
    ("moss", "Moss teapot", 6_400, "published"),
    ("fjord", "Fjord teapot", 5_200, "published"),
    ("clay", "Clay teapot", 7_800, "published"),
    ("fjord-cup", "Fjord cup", 1_250, "published"),
    ("moss-bowl", "Moss bowl", 1_890, "published"),
    ("strainer", "Tea strainer", 710, "published"),
    ("black-kettle", "Black kettle", 12_900, "draft"),
];

/// Customers of the list. Others exist too, without orders.
pub(super) const CUSTOMERS: [&str; 14] = [
    "ada", "ben", "tess", "lukas", "sofia", "emma", "james", "noor", "paul", "rosa", "yuki",
    "olga", "mona", "henri",
];

/// Cents of the shipping of each order.
const SHIPPING: u64 = 450;

/// An order: number, customer, day, status, payment, fulfillment, currency, products.
type Order = (
    u64,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [(usize, u64)],
);

#[rustfmt::skip]
const ORDERS: [Order; 22] = [
    (1003, "ada", "2025-09-02", "completed", "captured", "delivered", "eur", &[(0, 1)]),
    (1007, "ada", "2025-09-30", "completed", "captured", "delivered", "eur", &[(3, 4)]),
    (1011, "ada", "2025-11-18", "canceled", "canceled", "canceled", "eur", &[(2, 3)]),
    (1012, "ada", "2025-11-18", "completed", "captured", "delivered", "eur", &[(2, 1), (5, 1)]),
    (1017, "ben", "2025-12-05", "completed", "captured", "delivered", "eur", &[(1, 1)]),
    (1019, "ada", "2025-12-11", "completed", "refunded", "delivered", "eur", &[(4, 2)]),
    (1020, "olga", "2025-12-12", "completed", "captured", "delivered", "eur", &[(3, 60)]),
    (1023, "ada", "2026-01-09", "completed", "captured", "delivered", "usd", &[(5, 3)]),
    (1026, "ada", "2026-02-14", "completed", "captured", "delivered", "eur", &[(1, 1), (3, 2)]),
    (1029, "rosa", "2026-02-20", "completed", "captured", "delivered", "eur", &[(4, 2)]),
    (1031, "ada", "2026-03-03", "completed", "captured", "delivered", "eur", &[(4, 1)]),
    (1034, "ada", "2026-03-29", "completed", "captured", "delivered", "eur", &[(5, 2)]),
    (1037, "ada", "2026-04-17", "completed", "captured", "delivered", "eur", &[(3, 6)]),
    (1038, "yuki", "2026-04-20", "completed", "captured", "delivered", "eur", &[(0, 1)]),
    (1042, "ben", "2026-05-02", "completed", "captured", "delivered", "eur",
        &[(2, 1), (3, 2), (5, 1)]),
    (1048, "ada", "2026-06-21", "completed", "captured", "delivered", "eur", &[(0, 1)]),
    (1051, "lukas", "2026-08-19", "pending", "captured", "shipped", "eur", &[(1, 2)]),
    (1059, "noor", "2026-09-07", "completed", "captured", "delivered", "eur", &[(4, 1)]),
    (1066, "sofia", "2026-09-30", "completed", "captured", "delivered", "eur", &[(2, 1)]),
    (1071, "sofia", "2026-11-12", "pending", "captured", "shipped", "eur", &[(2, 1), (3, 2)]),
    (1104, "ada", "2026-11-16", "pending", "authorized", "not_fulfilled", "eur", &[(0, 1), (3, 2)]),
    (1105, "emma", "2026-11-17", "pending", "authorized", "not_fulfilled", "eur", &[(3, 2)]),
];

/// An amount of cents as Medusa shows it: in major units.
fn major(cents: u64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "the demo's amounts are small")]
    let amount = cents as f64 / 100.0;
    if cents.is_multiple_of(100) { json!(cents / 100) } else { json!(amount) }
}

/// Where a product's picture is.
fn thumbnail(base: &str, product: usize) -> Value {
    let handle = PRODUCTS.get(product).map_or("", |product| product.0);
    json!(format!("{base}/static/{handle}.svg"))
}

/// When a customer of the list was registered.
pub(super) fn created_at(name: &str) -> String {
    let day = CUSTOMERS.iter().position(|one| *one == name).map_or(1, |place| place + 10);
    format!("2025-08-{day:02}T09:30:00.000Z")
}

/// All products, whole.
pub(super) fn products(base: &str) -> Vec<Value> {
    let whole = |(n, (handle, title, cents, status)): (usize, &Product)| {
        let price = |n: usize, cents: u64, currency: &str, rules: Value| {
            let id = format!("price_{handle}_{n}");
            json!({ "id": id, "amount": major(cents), "currency_code": currency,
                "min_quantity": null, "max_quantity": null,
                "variant_id": format!("variant_{handle}"),
                "price_rules": rules })
        };
        let swiss = json!([{ "id": "prule_1", "attribute": "region_id", "value": "reg_swiss" }]);
        json!({
            "id": format!("prod_{handle}"), "title": title, "handle": handle, "status": status,
            "thumbnail": thumbnail(base, n),
            "created_at": format!("2025-07-{:02}T08:00:00.000Z", n + 1),
            "variants": [{
                "id": format!("variant_{handle}"), "title": "Default", "sku": handle.to_uppercase(),
                "prices": [
                    price(1, *cents, "eur", json!([])),
                    price(2, cents * 11 / 10, "usd", json!([])),
                    price(3, cents / 2, "eur", swiss),
                ],
            }],
        })
    };
    PRODUCTS.iter().enumerate().map(whole).collect()
}

/// All orders, whole: as `GET /admin/orders/:id` shows them.
pub(super) fn orders(base: &str, customer: impl Fn(&str) -> Value) -> Vec<Value> {
    let whole = |(number, name, day, status, payment, fulfillment, currency, items): &Order| {
        let id = format!("order_{number}");
        let cents: u64 = items
            .iter()
            .filter_map(|(product, quantity)| Some(PRODUCTS.get(*product)?.2 * quantity))
            .sum::<u64>()
            + SHIPPING;
        let customer = customer(name);
        let items: Vec<Value> = items
            .iter()
            .filter_map(|(product, quantity)| {
                let (handle, title, cents, _) = PRODUCTS.get(*product)?;
                let item = format!("ordli_{number}_{handle}");
                Some(json!({
                    "id": item, "title": title, "subtitle": "Default",
                    "thumbnail": thumbnail(base, *product),
                    "variant_id": format!("variant_{handle}"),
                    "product_id": format!("prod_{handle}"), "product_title": title,
                    "product_handle": handle, "variant_title": "Default",
                    "unit_price": major(*cents), "quantity": quantity, "metadata": {},
                    "detail": { "id": format!("orditem_{number}_{handle}"), "version": 1,
                        "order_id": id, "item_id": item, "quantity": quantity },
                }))
            })
            .collect();
        json!({
            "id": id, "display_id": number, "status": status, "version": 1,
            "created_at": format!("{day}T10:15:00.000Z"), "currency_code": currency,
            "customer_id": customer["id"], "email": customer["email"], "customer": customer,
            "total": major(cents),
            "summary": { "current_order_total": major(cents), "original_order_total": major(cents),
                "paid_total": 0, "refunded_total": 0, "pending_difference": major(cents),
                "transaction_total": 0, "accounting_total": major(cents) },
            "payment_status": payment, "fulfillment_status": fulfillment, "items": items,
        })
    };
    ORDERS.iter().map(whole).collect()
}

/// An order as Medusa 2.12 lists it: with a wrong total, the shipping alone, and without saying how
/// many of each item.
pub(super) fn listed(mut order: Value) -> Value {
    order["total"] = major(SHIPPING);
    for item in order["items"].as_array_mut().into_iter().flatten() {
        for part in [&["quantity"][..], &["detail", "quantity"]] {
            remove(item, part);
        }
    }
    order
}

/// Removes the field at the end of this path.
fn remove(value: &mut Value, path: &[&str]) {
    match path {
        [field] => {
            value.as_object_mut().map(|object| object.remove(*field));
        }
        [field, rest @ ..] => remove(&mut value[*field], rest),
        [] => {}
    }
}

/// The picture of a product.
pub(super) fn picture(handle: &str) -> Option<String> {
    PRODUCTS.iter().find(|product| product.0 == handle)?;
    let hue = handle.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 360);
    Some(format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'>\
         <rect width='64' height='64' fill='hsl({hue} 30% 90%)'/>\
         <path d='M18 26h28v14a12 12 0 0 1-12 12h-4a12 12 0 0 1-12-12zM46 30h4a6 6 0 0 1 0 12h-5' \
         fill='hsl({hue} 35% 45%)'/></svg>"
    ))
}
