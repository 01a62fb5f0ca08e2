//! DynamoDB's batch reads and queries are not snapshots: during a transaction they may return the
//! new head before its rows. The embedded database never does, so the wire does it here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::{Fault, Shop};
use serde_json::{Value, json};

use crate::audit::{audit, whole_log};

/// Changes every item in the first responses of an operation.
fn tear_first_responses(
    times: usize,
    operation: &'static str,
    change: impl Fn(&mut Vec<Value>) + Send + Sync + 'static,
) -> impl Fn(&str, &mut Value) + Send + Sync {
    let left = Arc::new(AtomicUsize::new(times));
    move |this, answer| {
        let items = if this == "BatchGetItem" {
            &mut answer["Responses"]["chat"]
        } else {
            &mut answer["Items"]
        };
        let Some(items) = items.as_array_mut().filter(|_| this == operation) else { return };
        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        {
            change(items);
        }
    }
}

fn is_message(item: &Value) -> bool {
    item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("s#"))
}

/// Restores the state before a deletion.
fn undo_delete(items: &mut [Value]) {
    for item in items.iter_mut().filter(|item| is_message(item)) {
        item.as_object_mut().unwrap().remove("deleted_at");
        item["body"] = json!({ "S": "as it was" });
    }
}

#[tokio::test]
async fn a_delete_that_reads_an_old_row_with_a_new_head_deletes_once() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    customer.say(&hash, "stays").await;
    let gone = customer.say(&hash, "goes").await["id"].as_str().unwrap().to_owned();
    let path = format!("/store/chat/messages/id/{gone}");
    customer.delete(&path).await.ok();

    shop.wire.falsify_answers(tear_first_responses(1, "BatchGetItem", |items| undo_delete(items)));
    assert_eq!(customer.delete(&path).await.ok()["deleted"], true);
    shop.wire.falsify_answers(tear_first_responses(1, "BatchGetItem", |items| undo_delete(items)));
    customer.put(&path, json!({ "body": "back from the dead" })).await.refused(404, "not_found");
    shop.wire.reset();
    assert_eq!(whole_log(&admin, &hash).await.len(), 3);
    assert_eq!(audit(&shop, &hash).await.bodies, ["stays"]);
    shop.settle().await;
    assert_eq!(admin.unread("admin").await, 1);
}

#[tokio::test]
async fn a_send_whose_row_is_not_visible_yet_stores_one_message() {
    let shop = Shop::with_idle_stream().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let id = {
        // The commit's response is lost, and the rows of the log stay invisible for a while.
        shop.wire.disturb(|call, operation| {
            (call == 1 && operation == "TransactWriteItems").then_some(Fault::LostAnswer)
        });
        shop.wire.falsify_answers(tear_first_responses(3, "BatchGetItem", |items| {
            items.retain(|item| !is_message(item));
        }));
        customer.post(&path, json!({ "body": "once" })).await.ok()["message"]["id"].clone()
    };
    shop.wire.reset();
    assert_eq!(audit(&shop, &hash).await.bodies, ["once"]);
    assert_eq!(customer.get(&path).await.ok()["messages"][0]["id"], id);
}

#[tokio::test]
async fn pages_and_counts_wait_for_the_rows_of_the_head() {
    let shop = Shop::with_idle_stream().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    for n in 0..4 {
        customer.say(&hash, &n.to_string()).await;
    }
    let without_the_newest =
        |items: &mut Vec<Value>| items.retain(|item| item["sk"]["S"] != "s#000000000004");
    shop.wire.falsify_answers(tear_first_responses(2, "Query", without_the_newest));
    assert_eq!(customer.bodies("store", &hash).await, ["0", "1", "2", "3"]);
    // The audience is queried too: only the log's queries are torn.
    shop.wire.falsify_answers(tear_first_responses(2, "Query", move |items| {
        items.retain(|item| item["sk"]["S"] != "s#000000000004");
    }));
    let read =
        admin.put(&format!("/admin/chat/channels/{hash}/read"), json!({ "seq": 2 })).await.ok();
    assert_eq!(read["unread_count"], 2);
}
