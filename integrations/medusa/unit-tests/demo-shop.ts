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

// prettier-ignore
export const customers: Some<HttpTypes.AdminCustomerListResponse> = {
  "count": 1,
  "customers": [
    {
      "email": "cus_ada@customers.example",
      "first_name": "Ada",
      "id": "cus_ada",
      "last_name": "Customer"
    }
  ],
  "limit": 50,
  "offset": 0
};

// prettier-ignore
export const customer: Some<HttpTypes.AdminCustomerResponse> = {
  "customer": {
    "created_at": "2025-08-10T09:30:00.000Z",
    "email": "cus_ada@customers.example",
    "first_name": "Ada",
    "id": "cus_ada",
    "last_name": "Customer"
  }
};

// prettier-ignore
export const orders: Some<HttpTypes.AdminOrderListResponse> = {
  "count": 12,
  "limit": 2,
  "offset": 0,
  "orders": [
    {
      "created_at": "2026-11-16T10:15:00.000Z",
      "currency_code": "eur",
      "display_id": 1104,
      "fulfillment_status": "not_fulfilled",
      "id": "order_1104",
      "items": [
        {
          "detail": {
            "id": "orditem_1104_moss",
            "item_id": "ordli_1104_moss",
            "order_id": "order_1104",
            "version": 1
          },
          "id": "ordli_1104_moss",
          "metadata": {},
          "product_handle": "moss",
          "product_id": "prod_moss",
          "product_title": "Moss teapot",
          "subtitle": "Default",
          "thumbnail": "http://127.0.0.1:9100/dev/medusa/static/moss.svg",
          "title": "Moss teapot",
          "unit_price": 64,
          "variant_id": "variant_moss",
          "variant_title": "Default"
        },
        {
          "detail": {
            "id": "orditem_1104_fjord-cup",
            "item_id": "ordli_1104_fjord-cup",
            "order_id": "order_1104",
            "version": 1
          },
          "id": "ordli_1104_fjord-cup",
          "metadata": {},
          "product_handle": "fjord-cup",
          "product_id": "prod_fjord-cup",
          "product_title": "Fjord cup",
          "subtitle": "Default",
          "thumbnail": "http://127.0.0.1:9100/dev/medusa/static/fjord-cup.svg",
          "title": "Fjord cup",
          "unit_price": 12.5,
          "variant_id": "variant_fjord-cup",
          "variant_title": "Default"
        }
      ],
      "payment_status": "authorized",
      "status": "pending",
      "summary": {
        "accounting_total": 93.5,
        "current_order_total": 93.5,
        "original_order_total": 93.5,
        "paid_total": 0,
        "pending_difference": 93.5,
        "refunded_total": 0,
        "transaction_total": 0
      },
      "version": 1
    },
    {
      "created_at": "2026-06-21T10:15:00.000Z",
      "currency_code": "eur",
      "display_id": 1048,
      "fulfillment_status": "delivered",
      "id": "order_1048",
      "items": [
        {
          "detail": {
            "id": "orditem_1048_moss",
            "item_id": "ordli_1048_moss",
            "order_id": "order_1048",
            "version": 1
          },
          "id": "ordli_1048_moss",
          "metadata": {},
          "product_handle": "moss",
          "product_id": "prod_moss",
          "product_title": "Moss teapot",
          "subtitle": "Default",
          "thumbnail": "http://127.0.0.1:9100/dev/medusa/static/moss.svg",
          "title": "Moss teapot",
          "unit_price": 64,
          "variant_id": "variant_moss",
          "variant_title": "Default"
        }
      ],
      "payment_status": "captured",
      "status": "completed",
      "summary": {
        "accounting_total": 68.5,
        "current_order_total": 68.5,
        "original_order_total": 68.5,
        "paid_total": 0,
        "pending_difference": 68.5,
        "refunded_total": 0,
        "transaction_total": 0
      },
      "version": 1
    }
  ]
};

// prettier-ignore
export const order: Some<HttpTypes.AdminOrderResponse> = {
  "order": {
    "fulfillment_status": "not_fulfilled",
    "id": "order_1104",
    "items": [
      {
        "detail": {
          "id": "orditem_1104_moss",
          "item_id": "ordli_1104_moss",
          "order_id": "order_1104",
          "quantity": 1,
          "version": 1
        },
        "id": "ordli_1104_moss",
        "metadata": {},
        "product_handle": "moss",
        "product_id": "prod_moss",
        "product_title": "Moss teapot",
        "quantity": 1,
        "subtitle": "Default",
        "thumbnail": "http://127.0.0.1:9100/dev/medusa/static/moss.svg",
        "title": "Moss teapot",
        "unit_price": 64,
        "variant_id": "variant_moss",
        "variant_title": "Default"
      },
      {
        "detail": {
          "id": "orditem_1104_fjord-cup",
          "item_id": "ordli_1104_fjord-cup",
          "order_id": "order_1104",
          "quantity": 2,
          "version": 1
        },
        "id": "ordli_1104_fjord-cup",
        "metadata": {},
        "product_handle": "fjord-cup",
        "product_id": "prod_fjord-cup",
        "product_title": "Fjord cup",
        "quantity": 2,
        "subtitle": "Default",
        "thumbnail": "http://127.0.0.1:9100/dev/medusa/static/fjord-cup.svg",
        "title": "Fjord cup",
        "unit_price": 12.5,
        "variant_id": "variant_fjord-cup",
        "variant_title": "Default"
      }
    ],
    "payment_status": "authorized",
    "status": "pending",
    "version": 1
  }
};

// prettier-ignore
export const products: Some<HttpTypes.AdminProductListResponse> = {
  "count": 4,
  "limit": 2,
  "offset": 0,
  "products": [
    {
      "created_at": "2025-07-01T08:00:00.000Z",
      "handle": "moss",
      "id": "prod_moss",
      "status": "published",
      "thumbnail": "http://127.0.0.1:9100/dev/medusa/static/moss.svg",
      "title": "Moss teapot",
      "variants": [
        {
          "id": "variant_moss",
          "prices": [
            {
              "amount": 64,
              "currency_code": "eur",
              "id": "price_moss_1",
              "max_quantity": null,
              "min_quantity": null,
              "rules": {},
              "variant_id": "variant_moss"
            },
            {
              "amount": 70.4,
              "currency_code": "usd",
              "id": "price_moss_2",
              "max_quantity": null,
              "min_quantity": null,
              "rules": {},
              "variant_id": "variant_moss"
            },
            {
              "amount": 32,
              "currency_code": "eur",
              "id": "price_moss_3",
              "max_quantity": null,
              "min_quantity": null,
              "rules": {
                "region_id": "reg_swiss"
              },
              "variant_id": "variant_moss"
            }
          ],
          "sku": "MOSS",
          "title": "Default"
        }
      ]
    },
    {
      "created_at": "2025-07-02T08:00:00.000Z",
      "handle": "fjord",
      "id": "prod_fjord",
      "status": "published",
      "thumbnail": "http://127.0.0.1:9100/dev/medusa/static/fjord.svg",
      "title": "Fjord teapot",
      "variants": [
        {
          "id": "variant_fjord",
          "prices": [
            {
              "amount": 52,
              "currency_code": "eur",
              "id": "price_fjord_1",
              "max_quantity": null,
              "min_quantity": null,
              "rules": {},
              "variant_id": "variant_fjord"
            },
            {
              "amount": 57.2,
              "currency_code": "usd",
              "id": "price_fjord_2",
              "max_quantity": null,
              "min_quantity": null,
              "rules": {},
              "variant_id": "variant_fjord"
            },
            {
              "amount": 26,
              "currency_code": "eur",
              "id": "price_fjord_3",
              "max_quantity": null,
              "min_quantity": null,
              "rules": {
                "region_id": "reg_swiss"
              },
              "variant_id": "variant_fjord"
            }
          ],
          "sku": "FJORD",
          "title": "Default"
        }
      ]
    }
  ]
};

// prettier-ignore
export const user: Some<HttpTypes.AdminUserResponse> = {
  "user": {
    "email": "user_mia@staff.example",
    "first_name": "Mia",
    "id": "user_mia",
    "last_name": "Staff"
  }
};
