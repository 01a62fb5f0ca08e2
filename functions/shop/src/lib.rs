//! `/admin/chat/shop/*`: customers with their orders, and products, from the shop's Medusa.
//!
//! This is the only function that asks Medusa while a person waits. It reads and stores nothing of
//! the chat, and the chat does not depend on it.

mod amount;
mod get_customer;
mod list_customers;
mod list_products;
mod medusa;

use axum::{Extension, Router};
use http::routes;
use http::routes::Routes;

use medusa::Shop;

/// The endpoints.
mod shop {
    pub use crate::get_customer::*;
    pub use crate::list_customers::*;
    pub use crate::list_products::*;
}

/// The routes: who may pass, the path, the endpoint.
#[rustfmt::skip]
pub fn routes<R: Routes>(list: R) -> R {
    routes!(
        list,
        admin "/admin/chat/shop/customers"                      shop::list_customers,
        admin "/admin/chat/shop/customers/{customer_id}"        shop::get_customer,
        admin "/admin/chat/shop/products"                       shop::list_products,
    )
}

/// A router of these routes, with a client of Medusa of its own.
pub fn router() -> Router {
    routes(Router::new()).layer(Extension(Shop::default()))
}
