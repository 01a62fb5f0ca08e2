//! Concurrent requests lose nothing, store nothing twice and leave all counts right.

use futures_util::FutureExt;
use futures_util::future::join_all;
use harness::{Reply, Shop, hash_with_admin};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::audit::audit;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_concurrent_opens_make_one_channel_per_pair() {
    let shop = Shop::open().await;
    for pair in 0..8 {
        let member = format!("cus_{pair}");
        let opens = (0..64).map(|n| {
            let (customer, admin) = (shop.customer(&member), shop.admin("user_1"));
            let member = member.clone();
            async move {
                // A client retries when the server refuses it because of contention.
                let reply = loop {
                    let reply = match n % 2 {
                        0 => customer.post("/store/chat/channels", json!({})).await,
                        _ => {
                            admin
                                .post(
                                    "/admin/chat/channels",
                                    json!({ "customer_id": member, "admin_id": "admin" }),
                                )
                                .await
                        }
                    };
                    if reply.status != 503 {
                        break reply;
                    }
                };
                reply.ok()["channel"]["id"].as_str().unwrap().to_owned()
            }
        });
        let mut ids = join_all(opens).await;
        ids.dedup();
        assert_eq!(ids.len(), 1, "{member}");
    }
    shop.settle().await;
    assert_eq!(shop.admin("user_1").get("/admin/chat/channels").await.ok()["count"], 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_writers_lose_nothing_and_leave_no_gap() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_1").open().await;
    let writers = (0..16).map(|writer| {
        let (client, scope) = if writer % 2 == 0 {
            (shop.customer("cus_1"), "store")
        } else {
            (shop.admin(&format!("user_{writer}")), "admin")
        };
        let path = format!("/{scope}/chat/messages/{hash}");
        async move {
            let mut stored = Vec::new();
            let mut last = 0;
            for n in 0..25 {
                let body = format!("{writer}-{n}");
                // As clients do, the writer retries under the same client id when the server
                // refuses it because of contention.
                let message = loop {
                    let id = format!("writer-{writer}-{n}");
                    let message = json!({ "body": body, "client_message_id": id });
                    let reply = client.post(&path, message).await;
                    match reply.status {
                        200 => break reply.body["message"].clone(),
                        503 => assert!(reply.headers.contains_key("retry-after")),
                        other => panic!("{other}: {}", reply.body),
                    }
                };
                let seq = message["seq"].as_u64().unwrap();
                assert!(
                    seq > last,
                    "a message sent after the previous one was acknowledged has a larger seq"
                );
                last = seq;
                stored.push(body);
            }
            stored
        }
    });
    let mut sent = join_all(writers).await.concat();
    let mut found = audit(&shop, &hash).await.bodies;
    sent.sort();
    found.sort();
    assert_eq!(found, sent);
    shop.settle().await;
    assert_eq!(shop.admin("user_late").unread("admin").await, 8 * 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_concurrent_sends_of_one_client_id_store_one_message() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    for round in 0..4 {
        let sends = (0..32).map(|_| {
            customer.post(
                &path,
                json!({ "body": "once", "client_message_id": format!("race-{round}-id") }),
            )
        });
        let ids: Vec<_> = join_all(sends)
            .await
            .into_iter()
            .filter(|reply| reply.status != 503)
            .map(|reply| reply.ok()["message"]["id"].clone())
            .collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
    assert_eq!(audit(&shop, &hash).await.bodies.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_are_right_after_concurrent_reads_deletes_and_writes() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let until_done =
        async |client: harness::Client, method: &'static str, path: String, body: String| {
            loop {
                let reply = client.send_raw(method, &path, body.clone()).await;
                if reply.status != 503 {
                    return reply;
                }
            }
        };
    let writers = (0..4).map(|writer| {
        let (customer, path) = (customer.clone(), path.clone());
        async move {
            for n in 0..12 {
                let reply = until_done(
                    customer.clone(),
                    "POST",
                    path.clone(),
                    json!({ "body": format!("{writer}-{n}") }).to_string(),
                )
                .await
                .ok();
                if n % 3 == 0 {
                    let id = reply["message"]["id"].as_str().unwrap().to_owned();
                    until_done(
                        customer.clone(),
                        "DELETE",
                        format!("/store/chat/messages/id/{id}"),
                        String::new(),
                    )
                    .await
                    .ok();
                }
            }
        }
    });
    let readers = (0..3).map(|reader| {
        let (admin, path) =
            (shop.admin(&format!("user_{reader}")), format!("/admin/chat/channels/{hash}/read"));
        async move {
            for n in 1..10 {
                let body = if n % 2 == 0 { json!({}) } else { json!({ "seq": n * 3 }) };
                until_done(admin.clone(), "PUT", path.clone(), body.to_string()).await.ok();
            }
        }
    });
    tokio::join!(join_all(writers), join_all(readers));
    let recount = audit(&shop, &hash).await;
    shop.settle().await;
    assert_eq!(shop.admin("user_late").unread("admin").await, recount.by_member);
    let log = crate::audit::whole_log(&shop.admin("user_1"), &hash).await;
    for reader in 0..3 {
        let admin = shop.admin(&format!("user_{reader}"));
        let list = admin.get("/admin/chat/channels").await.ok()["channels"][0].clone();
        let mark = list["members"]
            .as_array()
            .unwrap()
            .iter()
            .find(|member| member["user_id"] == format!("user_{reader}"))
            .unwrap()["last_read_seq"]
            .as_u64()
            .unwrap();
        let created = log.iter().filter(|event| {
            event["event"] == "chat.message.created" && event["seq"].as_u64().unwrap() > mark
        });
        let unread = created
            .filter(|event| event["payload"]["message"]["deleted_at"].is_null())
            .count() as u64;
        assert_eq!(list["unread_count"], unread, "user_{reader} with a mark at {mark}");
        assert_eq!(admin.unread("admin").await, unread);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_loses_no_concurrent_write_or_opening_of_the_guest() {
    for round in 0..6 {
        let shop = Shop::open().await;
        let secret = format!("race-guest-secret-{round}-xyzw");
        let guest = shop.nobody().with("guest_id_for_live_chat", &secret);
        let hash = guest.open().await;
        let path = format!("/store/chat/messages/{hash}");
        let answered = &Semaphore::new(0);
        let counted = |reply: Reply| {
            answered.add_permits(1);
            reply
        };
        let writes = (0..6)
            .map(|n| guest.post(&path, json!({ "body": n.to_string() })).map(counted).boxed());
        let opens = (0..3).map(|n| {
            guest
                .post("/store/chat/channels", json!({ "admin_id": format!("user_{n}") }))
                .map(counted)
                .boxed()
        });
        let customer = shop.customer("cus_1").with("guest_id_for_live_chat", &secret);
        let claim = async {
            // Each round claims at another moment: after `round` responses.
            let _ = answered.acquire_many(round).await.expect("open");
            customer.post("/store/chat/guest/claim", json!({})).await.ok()
        };
        let (replies, _) = tokio::join!(join_all(writes.chain(opens)), claim);
        let acknowledged = replies.iter().take(6).filter(|reply| reply.status == 200).count();
        let opened = replies.iter().skip(6).filter(|reply| reply.status == 200).count();
        assert!(
            replies.iter().all(|reply| matches!(reply.status, 200 | 401 | 404 | 503)),
            "{replies:?}"
        );
        let recount = audit(&shop, &hash).await;
        // A write that was refused because of the claim may have been stored before it. An
        // acknowledged write was stored.
        assert!(recount.bodies.len() >= acknowledged);
        let own = shop.customer("cus_1").get("/store/chat/channels").await.ok()["count"]
            .as_u64()
            .unwrap();
        assert!(
            own > opened as u64,
            "the customer has {own} channels, {opened} openings were acknowledged"
        );
        guest.get("/store/chat/channels").await.refused(401, "unauthorized");
        assert!(hash_with_admin("cus_1") != hash);
    }
}
