//! The demo shop answers in the form of Medusa's published types: its answers are recorded in a
//! file of the plugin, whose check compiles them against `@medusajs/types`.

use std::fmt::Write as _;

use harness::Shop;
use local::dev::medusa::API_KEY;
use serde_json::Value;

use crate::{file, update};

/// Where the answers are recorded.
const RECORDED: &str = "integrations/medusa/unit-tests/demo-shop.ts";
/// The address in the recorded answers.
const ADDRESS: &str = "http://127.0.0.1:9100";
/// What the chat asks for, the name of each answer, and Medusa's type.
const CALLS: [(&str, &str, &str); 6] = [
    (
        "customers?q=ada&fields=id,first_name,last_name,email",
        "customers",
        "AdminCustomerListResponse",
    ),
    (
        "customers/cus_ada?fields=id,first_name,last_name,email,created_at",
        "customer",
        "AdminCustomerResponse",
    ),
    (
        "orders?customer_id=cus_ada&limit=2&order=-created_at\
         &fields=id,display_id,status,created_at,currency_code,*summary",
        "orders",
        "AdminOrderListResponse",
    ),
    ("orders/ORDER?fields=id,*items", "order", "AdminOrderResponse"),
    ("products?q=tea&limit=2", "products", "AdminProductListResponse"),
    ("users/user_mia?fields=id,first_name,last_name,email", "user", "AdminUserResponse"),
];
const HEAD: &str = "\
/**
 * Answers of the local demo shop. The compiler checks them against Medusa's types. To renew:
 * UPDATE=1 cargo test --workspace --test contract demo_shop
 */
import type { HttpTypes } from '@medusajs/types';

/** What Medusa answers beyond its types, in the details of an item and the prices of a variant. */
type Beyond = { order_id?: string; version?: number; variant_id?: string; rules?: object };
/** An answer has the fields that were asked for. */
type Some<T> = T extends (infer One)[]
  ? Some<One>[]
  : T extends object
    ? { [Name in keyof T]?: Some<T[Name]> } & Beyond
    : T;
";

#[tokio::test]
async fn the_demo_shop_answers_in_the_form_of_medusas_types() {
    let shop = Shop::open().await;
    let url = &shop.running.url;
    let mut text = HEAD.to_owned();
    let mut order = String::new();
    for (call, name, form) in CALLS {
        let call = format!("{url}/dev/medusa/admin/{}", call.replace("ORDER", &order));
        let answer = reqwest::Client::new().get(call).basic_auth(API_KEY, Some("")).send().await;
        let answer: Value =
            serde_json::from_str(&answer.unwrap().text().await.unwrap()).expect("JSON");
        if let Some(id) = answer["orders"][0]["id"].as_str() {
            id.clone_into(&mut order);
        }
        let answer = serde_json::to_string_pretty(&answer).unwrap().replace(url.as_str(), ADDRESS);
        let _ = write!(
            text,
            "\n// prettier-ignore\nexport const {name}: Some<HttpTypes.{form}> = {answer};\n"
        );
    }
    if update() {
        std::fs::write(file(RECORDED), &text).unwrap();
    }
    let recorded = std::fs::read_to_string(file(RECORDED)).unwrap_or_default();
    assert!(recorded == text, "{RECORDED} is out of date: UPDATE=1 renews it");
}
