//! The cost of each operation: sequential round trips, write units, read units
//! (docs/architecture.md, "Cost of each operation"). The units are DynamoDB's own figures. They
//! must not grow with the shop.

use domain::{ActorId, EmailAddress};
use harness::{Client, PNG, Shop, Spent, hash_with_admin, put};
use serde_json::json;

/// A message of the size for which the budgets hold.
fn text() -> String {
    "x".repeat(200)
}

async fn cost(shop: &Shop, work: impl Future) -> Spent {
    shop.wire.measure();
    Box::pin(work).await;
    shop.wire.spent()
}

#[track_caller]
fn within(what: &str, spent: Spent, round_trips: usize, write_units: f64, read_units: f64) {
    println!(
        "{what}: {} round trips, {} write units, {} read units",
        spent.round_trips, spent.write_units, spent.read_units
    );
    let fits = spent.round_trips <= round_trips
        && spent.write_units <= write_units
        && spent.read_units <= read_units;
    assert!(
        fits,
        "{what} costs {spent:?}, allowed are {round_trips} round trips, \
         {write_units} write units, {read_units} read units"
    );
}

/// A shop with this many other channels, one of which has this many messages.
async fn shop_of(channels: usize, messages: usize) -> Shop {
    let shop = Shop::with_idle_stream().await;
    for n in 0..channels {
        let customer = shop.customer(&format!("cus_{n}"));
        let hash = customer.open().await;
        customer.say(&hash, &text()).await;
        shop.running.app.clock.advance(61_000);
    }
    let customer = shop.customer("cus_0");
    for _ in 0..messages {
        customer.say("direct:admin:cus_0", &text()).await;
    }
    shop.deliver_all().await;
    shop
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of operations and their budgets")]
async fn every_operation_keeps_its_budget_however_large_the_shop_is() {
    for (channels, messages) in [(3, 60), (40, 160)] {
        let shop = shop_of(channels, messages).await;
        let (customer, admin) = (shop.customer("cus_0"), shop.admin("user_1"));
        let hash = "direct:admin:cus_0";
        let page = |scope: &str| format!("/{scope}/chat/messages/{hash}");
        // Roster and settings are read once in ten seconds: the budgets are for the time between.
        shop.running.app.clock.stop();
        customer.get(&page("store")).await.ok();
        shop.running.app.store.settings(shop.running.app.clock.now()).await;

        within("open existing", cost(&shop, customer.open()).await, 1, 0.0, 1.0);
        within(
            "open new, customer",
            cost(&shop, shop.customer("cus_new").open()).await,
            2,
            10.0,
            2.0,
        );
        within("open new, guest", cost(&shop, shop.guest().open()).await, 2, 10.0, 3.0);
        within(
            "open new, admin",
            cost(
                &shop,
                admin.post("/admin/chat/channels", json!({ "customer_id": "cus_by_admin" })),
            )
            .await,
            // One more round trip to read both people.
            3,
            10.0,
            2.0,
        );

        customer.say(hash, &text()).await;
        within("send", cost(&shop, customer.say(hash, &text())).await, 2, 8.0, 2.0);
        let path = page("store");
        let with_id =
            customer.post(&path, json!({ "body": text(), "client_message_id": "client-id-1" }));
        within("send with client id", cost(&shop, with_id).await, 2, 8.0, 2.0);
        let assigned = json!({ "assignee_id": "user_1" });
        admin.put(&format!("/admin/chat/channels/{hash}"), assigned).await.ok();
        within(
            "send as staff, a wait begins",
            cost(&shop, admin.answer(hash, &text())).await,
            2,
            11.0,
            2.0,
        );
        within("send as staff", cost(&shop, admin.answer(hash, &text())).await, 2, 8.0, 2.0);
        shop.running.app.clock.advance(10_000);
        within(
            "send as staff, with the roster and the settings",
            cost(&shop, admin.answer(hash, &text())).await,
            2,
            8.0,
            3.0,
        );
        shop.running.app.clock.advance(61_000);
        let (customer, admin) = (shop.customer("cus_0"), shop.admin("user_1"));
        within(
            "send, a minute begins",
            cost(&shop, customer.say(hash, &text())).await,
            2,
            11.0,
            2.0,
        );

        within("page of 50", cost(&shop, customer.get(&page("store"))).await, 1, 0.0, 6.0);
        within(
            "older page of 50",
            cost(&shop, customer.get(&format!("{}?cursor=59", page("store")))).await,
            1,
            0.0,
            6.0,
        );
        let id = customer.say(hash, &text()).await["id"].as_str().unwrap().to_owned();
        let path = format!("/store/chat/messages/id/{id}");
        // One of these read units is the lookup of the connections.
        within(
            "edit",
            cost(&shop, customer.put(&path, json!({ "body": "y".repeat(200) }))).await,
            2,
            8.0,
            3.0,
        );
        within("delete the newest", cost(&shop, customer.delete(&path)).await, 3, 10.0, 4.0);
        let first = customer.get(&format!("{}?direction=after&limit=1", page("store"))).await.ok()
            ["messages"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        within(
            "delete an old one",
            cost(&shop, customer.delete(&format!("/store/chat/messages/id/{first}"))).await,
            2,
            10.0,
            3.0,
        );

        within(
            "read, the wait ends",
            cost(&shop, customer.put(&format!("/store/chat/channels/{hash}/read"), json!({})))
                .await,
            2,
            3.0,
            1.0,
        );
        within(
            "read as admin",
            cost(&shop, admin.put(&format!("/admin/chat/channels/{hash}/read"), json!({}))).await,
            2,
            2.0,
            1.0,
        );
        customer.say(hash, &text()).await;
        within(
            "read as admin again",
            cost(&shop, admin.put(&format!("/admin/chat/channels/{hash}/read"), json!({}))).await,
            2,
            2.0,
            1.0,
        );

        within(
            "unread, store",
            cost(&shop, customer.get("/store/chat/messages/unread-count")).await,
            2,
            0.0,
            2.0,
        );
        within(
            "unread, admin",
            cost(&shop, admin.get("/admin/chat/messages/unread-count")).await,
            1,
            0.0,
            2.0,
        );
        within("own list", cost(&shop, customer.get("/store/chat/channels")).await, 2, 0.0, 2.0);
        // Half a unit for each: four shards of open channels, one of snoozed and one of closed
        // ones, twenty heads, the four items that hold the totals, the people.
        within(
            "admin list, with three profile requests",
            cost(&shop, admin.get("/admin/chat/channels")).await,
            4,
            3.0,
            27.0,
        );
        within("admin list", cost(&shop, admin.get("/admin/chat/channels")).await, 3, 0.0, 26.0);
        let resume = async |missed: u64| {
            let last = customer.get("/store/chat/channels").await.ok()["channels"][0]["last_seq"]
                .as_u64()
                .unwrap();
            cost(
                &shop,
                customer
                    .get(&format!("/store/chat/channels/{hash}/events?after={}", last - missed)),
            )
            .await
        };
        within("resume after a missed message", resume(1).await, 1, 0.0, 3.0);
        within("resume after a missed edit of an old message", resume(3).await, 2, 0.0, 5.0);

        let asks = shop.customer("cus_new");
        let mut questions = Vec::new();
        for _ in 0..3 {
            questions.push(
                asks.say(&hash_with_admin("cus_new"), &text()).await["id"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
        }
        // The server has to find the next one. The channel moves in the index of waiting channels,
        // for two units.
        let path = format!("/store/chat/messages/id/{}", questions[0]);
        within(
            "delete the first of three that wait for an answer",
            cost(&shop, asks.delete(&path)).await,
            3,
            10.0,
            4.0,
        );
        let list = json!({ "canned": [{ "shortcut": "hours", "text": text() }] });
        within(
            "keep a canned answer",
            cost(&shop, admin.put("/admin/chat/canned", list)).await,
            1,
            1.0,
            0.0,
        );
        within("canned answers", cost(&shop, admin.get("/admin/chat/canned")).await, 1, 0.0, 1.0);
        shop.deliver_all().await;
        admin.get("/admin/chat/staff").await.ok();
        within("staff", cost(&shop, admin.get("/admin/chat/staff")).await, 2, 0.0, 2.0);
        within(
            "reply time",
            cost(&shop, shop.nobody().get("/store/chat/reply-time")).await,
            1,
            0.0,
            1.0,
        );
        let path = "/admin/chat/settings";
        let settings = json!({ "settings": { "greeting": { "en": text() } }, "version": 0 });
        within("replace the settings", cost(&shop, admin.put(path, settings)).await, 1, 1.0, 0.0);
        within("settings", cost(&shop, admin.get(path)).await, 1, 0.0, 1.0);
        let path = "/store/chat/availability";
        shop.running.app.clock.advance(11_000);
        within(
            "availability, the first in ten seconds",
            cost(&shop, shop.nobody().get(path)).await,
            1,
            0.0,
            3.0,
        );
        within("availability", cost(&shop, shop.nobody().get(path)).await, 1, 0.0, 1.0);
        // Each match is compared with the person's item.
        within(
            "search",
            cost(&shop, admin.get("/admin/chat/channels?search=cus_new")).await,
            4,
            0.0,
            3.5,
        );
    }
}

/// Write units of a head that this many admins have read. Tests of the store check its size.
fn head_units(team: usize) -> f64 {
    f64::from(u32::try_from((1_024 + 64 * team.saturating_sub(5)).div_ceil(1_024)).unwrap())
}

#[tokio::test]
async fn each_admin_costs_no_more_than_the_mark_in_the_head() {
    for team in [1, 5, 10, 50] {
        let shop = Shop::with_idle_stream().await;
        shop.running.app.clock.stop();
        shop.running.app.store.settings(shop.running.app.clock.now()).await;
        let id = |kind: &str, n: usize| format!("{kind}_01{n:024}");
        let customer = shop.customer(&id("cus", 1));
        let pair = json!({ "admin_id": id("user", 1) });
        let opened = customer.post("/store/chat/channels", pair).await.ok();
        let hash = opened["channel"]["channel_hash"].as_str().unwrap().to_owned();
        customer.say(&hash, &text()).await;
        let read = |scope: &str| format!("/{scope}/chat/channels/{hash}/read");
        let mut staff: Vec<_> = (1..=team).map(|n| shop.admin(&id("user", n))).collect();
        let admin = staff.pop().unwrap();
        for other in &staff {
            other.put(&read("admin"), json!({})).await.ok();
        }
        let head = head_units(team);
        let name = |what: &str| format!("{what}, team of {team}");
        let first = cost(&shop, admin.put(&read("admin"), json!({}))).await;
        within(&name("read for the first time"), first, 2, head, 1.0);

        let say = async |client_id: &str| {
            let body = json!({ "body": text(), "client_message_id": client_id });
            customer.post(&format!("/store/chat/messages/{hash}"), body).await.ok();
        };
        // Two units for each item of the transaction, two for an index entry that moves, one for
        // an index entry that appears or disappears.
        // An admin has it already: an answer that assigns its sender is a budget of its own.
        let assigned = json!({ "assignee_id": id("user", 1) });
        admin.put(&format!("/admin/chat/channels/{hash}"), assigned).await.ok();
        let answer = cost(&shop, admin.answer(&hash, &text())).await;
        within(&name("answer, waits end and begin"), answer, 2, 2.0 * head + 4.0, 2.0);
        within(
            &name("answer"),
            cost(&shop, admin.answer(&hash, &text())).await,
            2,
            2.0 * head + 2.0,
            2.0,
        );
        let ends = cost(&shop, customer.put(&read("store"), json!({}))).await;
        within(&name("read, a wait ends"), ends, 2, head + 1.0, 1.0);
        within(
            &name("send, a wait begins"),
            cost(&shop, say("client-id-1")).await,
            2,
            2.0 * head + 5.0,
            2.0,
        );
        within(&name("send"), cost(&shop, say("client-id-2")).await, 2, 2.0 * head + 4.0, 2.0);
        let read_again = cost(&shop, admin.put(&read("admin"), json!({}))).await;
        within(&name("read"), read_again, 2, head, 1.0);

        let said = customer.say(&hash, &text()).await;
        let path = format!("/store/chat/messages/id/{}", said["id"].as_str().unwrap());
        let edit = cost(&shop, customer.put(&path, json!({ "body": "y".repeat(200) }))).await;
        within(&name("edit"), edit, 2, 2.0 * head + 4.0, 3.0);
        within(
            &name("delete"),
            cost(&shop, customer.delete(&path)).await,
            3,
            2.0 * head + 6.0,
            4.0,
        );

        shop.deliver_all().await;
        admin.get("/admin/chat/channels").await.ok();
        let list = cost(&shop, admin.get("/admin/chat/channels")).await;
        within(&name("admin list"), list, 3, 0.0, 3.0 + 0.5 + 2.0 + 1.0);
        let own = cost(&shop, customer.get("/store/chat/channels")).await;
        within(&name("own list"), own, 3, 0.0, 2.0);
    }
}

/// A message without files costs what it did; each file costs one write of its small item.
#[tokio::test]
async fn files_keep_their_budgets() {
    let shop = Shop::with_idle_stream().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    customer.messages(&hash).await;
    shop.running.app.clock.stop();
    customer.say(&hash, &text()).await;
    let announce = |client: &Client| {
        let client = client.clone();
        let hash = hash.clone();
        async move {
            let announced = client.announce(&hash, "teapot.png", "image/png", PNG).await.ok();
            assert_eq!(put(&announced["upload"], PNG).await, 200);
            announced["file"]["id"].as_str().unwrap().to_owned()
        }
    };
    let mut ids = Vec::new();
    for (client, units) in [(&admin, 2.0), (&customer, 4.0)] {
        shop.wire.measure();
        let id = announce(client).await;
        within("announce a file", shop.wire.spent(), 2, units, 2.0);
        within("complete a file", cost(&shop, client.complete(&id)).await, 2, 1.0, 2.0);
        within("complete it again", cost(&shop, client.complete(&id)).await, 1, 0.0, 2.0);
        ids.push(id);
    }
    for _ in 0..4 {
        ids.push(customer.picture(&hash).await);
    }
    let send = |ids: &[String]| {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let body = json!({ "body": text(), "attachments": ids });
        let (customer, path) = (customer.clone(), format!("/store/chat/messages/{hash}"));
        async move { customer.post(&path, body).await.ok()["message"].clone() }
    };
    shop.wire.measure();
    let one = send(&ids[1..2]).await;
    within("send with a file", shop.wire.spent(), 2, 8.0 + 2.0, 2.0 + 1.0);
    let url = one["attachments"][0]["url"].as_str().unwrap();
    let path = url.strip_prefix(&shop.running.url).unwrap();
    within("follow a link", cost(&shop, shop.nobody().get(path)).await, 1, 0.0, 1.0);
    shop.wire.measure();
    let four = send(&ids[2..6]).await;
    within("send with four files", shop.wire.spent(), 2, 10.0 + 8.0, 2.0 + 4.0);
    let delete = cost(&shop, customer.delete_message(&one)).await;
    within("delete with a file", delete, 3, 10.0 + 2.0, 4.0);
    let delete = cost(&shop, customer.delete_message(&four)).await;
    within("delete with four files", delete, 3, 10.0 + 8.0, 5.0);
}

#[tokio::test]
async fn a_read_in_the_past_costs_the_same_however_many_messages_follow() {
    let shop = Shop::with_idle_stream().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let read = |path: &str| format!("/{path}/chat/channels/{hash}/read");
    // The longest messages: each is five read units.
    let long = "👍".repeat(5_000);
    let mut ids = Vec::new();
    let mut marks = 0;
    for messages in [30, 300] {
        for n in ids.len()..messages {
            let said = if n % 3 == 0 {
                admin.answer(&hash, &long).await
            } else {
                customer.say(&hash, &long).await
            };
            ids.push(said["id"].as_str().unwrap().to_owned());
        }
        for n in (0..messages - 5).filter(|n| n % 4 == 1) {
            let client = if n % 3 == 0 { (&admin, "admin") } else { (&customer, "store") };
            client.0.delete(&format!("/{}/chat/messages/id/{}", client.1, ids[n])).await.ok();
        }
        let at = admin
            .get(&format!("/admin/chat/messages/{hash}?direction=after&limit=2"))
            .await
            .ok()["messages"][1]["created_at"]
            .clone();
        // Four units are the head, two messages and the places of all deletions.
        for body in [json!({ "seq": 1 }), json!({ "seq": 2 }), json!({ "seq": messages / 2 })] {
            marks += 1;
            let path = read("admin");
            let other = shop.admin(&format!("user_late{marks}"));
            within(
                &format!("read at {body} of {messages}"),
                cost(&shop, other.put(&path, body)).await,
                5,
                4.0,
                20.0,
            );
        }
        marks += 1;
        let late = shop.admin(&format!("user_late{marks}"));
        within(
            &format!("read at a time, of {messages}"),
            cost(&shop, late.put(&read("admin"), json!({ "at": at }))).await,
            14,
            4.0,
            70.0,
        );
    }
    // What is counted is right: the customer's live messages after the tenth.
    let live = (10..300).filter(|n| n % 3 != 0 && n % 4 != 1).count()
        + (295..300).filter(|n| n % 3 != 0 && n % 4 == 1).count();
    let tenth = ids[9].rsplit('_').next().unwrap().parse::<u64>().unwrap();
    let counted = shop.admin("user_last").put(&read("admin"), json!({ "seq": tenth })).await.ok();
    assert_eq!(counted["unread_count"], live);
}

#[tokio::test]
async fn a_new_name_costs_the_same_however_many_channels_a_person_has() {
    let shop = Shop::with_idle_stream().await;
    let name = |from: u32| (from..from + 25).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    let address = |from: u32| {
        format!(
            "{}@{}example",
            (from..from + 15).map(|n| n.to_string()).collect::<Vec<_>>().join("."),
            "abc.".repeat(40)
        )
    };
    let worst = |from: u32| {
        json!({
            "first_name": name(from),
            "last_name": name(from + 100),
            "email": address(from),
        })
    };
    let mut position = None;
    for channels in [1, 20, 200] {
        let guest = shop.guest();
        for n in 0..channels {
            guest
                .post("/store/chat/channels", json!({ "admin_id": format!("user_{n}") }))
                .await
                .ok();
        }
        guest.put("/store/chat/profile", worst(100)).await.ok();
        let (batch, last) = shop.running.stream.batch_after(position, 1_000).await.unwrap();
        shop.running.stream.deliver(batch).await.unwrap();
        position = drain(&shop, last).await;
        // A guest's item lists the guest's channels: only staff opens this many.
        let item = if channels > 20 { 8.0 } else { 2.0 };
        within(
            "a rename, asked for",
            cost(&shop, guest.put("/store/chat/profile", worst(400))).await,
            2,
            item,
            4.0,
        );
        let (batch, last) = shop.running.stream.batch_after(position, 1_000).await.unwrap();
        // Each word that is new and each that is old, and the person's item.
        let words = u32::try_from(domain::MAX_PERSON_WORDS).unwrap();
        let most = 2.0 * f64::from(words) + item;
        let what = format!("fold of a rename with {channels} conversations");
        within(
            &what,
            cost(&shop, shop.running.stream.deliver(batch.clone())).await,
            8,
            most,
            2.0 * f64::from(channels) + 40.0,
        );
        within(
            "the same again",
            cost(&shop, shop.running.stream.deliver(batch)).await,
            8,
            0.0,
            2.0 * f64::from(channels) + 40.0,
        );
        position = drain(&shop, last).await;
    }
}

#[tokio::test]
async fn a_busy_minute_costs_a_list_no_more_than_a_full_page() {
    let shop = Shop::with_idle_stream().await;
    shop.running.app.clock.stop();
    let admin = shop.admin("user_1");
    let open = async |from: usize, to: usize| {
        for n in from..to {
            shop.running.app.clock.advance(1);
            admin
                .post(
                    "/admin/chat/channels",
                    json!({ "customer_id": format!("cus_{n}"), "admin_id": "admin" }),
                )
                .await
                .ok();
        }
    };
    open(0, 30).await;
    shop.running.app.clock.advance(61_000);
    // Channels that were never used and were opened within one minute: one minute of the index.
    open(30, 730).await;
    shop.running.app.clock.advance(61_000);
    let admin = shop.admin("user_1");
    for n in 730..740 {
        shop.running.app.clock.advance(1);
        admin
            .post(
                "/admin/chat/channels",
                json!({ "customer_id": format!("cus_{n}"), "admin_id": "admin" }),
            )
            .await
            .ok();
    }
    shop.deliver_all().await;
    admin.get("/admin/chat/channels?limit=100").await.ok();
    for query in ["?limit=1", "?limit=20", "?limit=20&offset=300", "?limit=100"] {
        let path = format!("/admin/chat/channels{query}");
        // The pending request for a profile is recorded once.
        admin.get(&path).await.ok();
        let spent = cost(&shop, admin.get(&path)).await;
        within(&format!("list{query} in a busy minute"), spent, 5, 0.0, 300.0);
    }
    // Every channel once, whatever the page's size; each page newest first, the others exactly.
    for limit in [7, 20, 100] {
        let (mut seen, mut path) = (Vec::new(), format!("/admin/chat/channels?limit={limit}"));
        loop {
            let list = admin.get(&path).await.ok();
            let page = list["channels"].as_array().unwrap().clone();
            let created: Vec<String> = page
                .iter()
                .map(|channel| channel["created_at"].as_str().unwrap().to_owned())
                .collect();
            assert!(created.is_sorted_by(|one, other| one >= other), "{created:?}");
            seen.extend(
                page.iter().map(|channel| channel["channel_hash"].as_str().unwrap().to_owned()),
            );
            let Some(next) = list["next_cursor"].as_str() else { break };
            assert_eq!(page.len(), limit, "a page is full where there are more");
            path = format!("/admin/chat/channels?limit={limit}&cursor={next}");
        }
        assert_eq!(seen.len(), 740);
        assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len(), 740, "each once");
        assert!(
            seen[..10].iter().all(|hash| hash.starts_with("direct:admin:cus_73")),
            "the newest first: {:?}",
            &seen[..10]
        );
        assert_eq!(seen[739], hash_with_admin("cus_0"), "the oldest last");
        let mut by_offset = Vec::new();
        for page in 0..740_usize.div_ceil(limit) {
            let list = admin
                .get(&format!("/admin/chat/channels?limit={limit}&offset={}", page * limit))
                .await
                .ok();
            by_offset.extend(
                list["channels"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|channel| channel["channel_hash"].as_str().unwrap().to_owned()),
            );
        }
        assert_eq!(
            by_offset.iter().collect::<std::collections::BTreeSet<_>>().len(),
            740,
            "each once by offset too"
        );
    }
}

#[tokio::test]
async fn a_minute_that_grows_large_between_two_pages_shows_each_channel_once() {
    let shop = Shop::with_idle_stream().await;
    let admin = shop.admin("user_1");
    let open = async |from: usize, to: usize| {
        for n in from..to {
            admin
                .post(
                    "/admin/chat/channels",
                    json!({ "customer_id": format!("cus_{n}"), "admin_id": "admin" }),
                )
                .await
                .ok();
        }
    };
    open(0, 150).await;
    let first = admin.get("/admin/chat/channels?limit=50").await.ok();
    shop.running.app.clock.advance(1_000);
    open(150, 400).await;
    let mut seen: Vec<String> = Vec::new();
    let mut list = first;
    for _ in 0..40 {
        seen.extend(
            list["channels"]
                .as_array()
                .unwrap()
                .iter()
                .map(|channel| channel["channel_hash"].as_str().unwrap().to_owned()),
        );
        let Some(next) = list["next_cursor"].as_str().map(str::to_owned) else { break };
        let spent = cost(&shop, async {
            list = admin.get(&format!("/admin/chat/channels?limit=50&cursor={next}")).await.ok();
        })
        .await;
        assert!(spent.read_units <= 1_500.0, "{spent:?}");
    }
    let mut expected: Vec<_> = (0..150).map(|n| hash_with_admin(&format!("cus_{n}"))).collect();
    expected.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, expected, "what was there at first, each once, and nothing newer");
}

#[tokio::test]
async fn a_skipped_deleted_message_costs_a_twelfth_of_a_read_unit() {
    let shop = Shop::with_idle_stream().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let stays = customer.say(&hash, "stays").await["id"].clone();
    let mut ids = Vec::new();
    for _ in 0..300 {
        ids.push(customer.say(&hash, &"👍".repeat(1_000)).await["id"].as_str().unwrap().to_owned());
    }
    let last = ids.pop().unwrap();
    for id in &ids {
        customer.delete(&format!("/store/chat/messages/id/{id}")).await.ok();
    }
    // A page reads the head, the one long message and 299 deleted ones. The row that loses its
    // body costs five write units.
    let most = 8.0 + 300.0 / 12.0;
    let page = format!("/store/chat/messages/{hash}");
    within(
        "delete the newest",
        cost(&shop, customer.delete(&format!("/store/chat/messages/id/{last}"))).await,
        4,
        18.0,
        most,
    );
    for (client, path) in
        [(&customer, page.clone()), (&admin, format!("/admin/chat/messages/{hash}"))]
    {
        let mut shown = Vec::new();
        within(
            "page",
            cost(&shop, async {
                shown = harness::pluck(&client.get(&path).await.ok()["messages"], "id");
            })
            .await,
            5,
            0.0,
            most,
        );
        assert_eq!(shown, std::slice::from_ref(&stays));
    }
}

#[tokio::test]
async fn sockets_keep_their_budget() {
    let shop = Shop::with_idle_stream().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = "/store/chat/realtime/ticket";
    within("ticket", cost(&shop, customer.post(path, json!({}))).await, 1, 1.0, 0.0);
    let guest = shop.guest();
    within(
        "ticket of a guest who is not known",
        cost(&shop, guest.post(path, json!({}))).await,
        4,
        2.0,
        2.5,
    );
    guest.open().await;
    within("ticket of a guest", cost(&shop, guest.post(path, json!({}))).await, 2, 1.0, 2.0);
    let ticket = guest.post(path, json!({})).await.ok();
    let url = format!(
        "{}?ticket={}",
        ticket["url"].as_str().unwrap(),
        ticket["ticket"].as_str().unwrap()
    );
    shop.wire.measure();
    let mut of_guest = harness::Socket::open(&url, &[]).await.expect("opens");
    of_guest.next_presence().await;
    // One of the read units is for the staff's connections.
    within("connect as a guest", shop.wire.spent(), 3, 6.0, 3.0);
    let ticket = customer.post(path, json!({})).await.ok();
    let url = format!(
        "{}?ticket={}",
        ticket["url"].as_str().unwrap(),
        ticket["ticket"].as_str().unwrap()
    );
    shop.wire.measure();
    let mut socket = harness::Socket::open(&url, &[]).await.expect("opens");
    socket.next_presence().await;
    within("connect", shop.wire.spent(), 3, 3.0, 2.0);
    let staff = shop.socket(&shop.admin("user_1"), "admin").await;
    within("send to two sockets", cost(&shop, customer.say(&hash, &text())).await, 2, 8.0, 2.0);
    shop.wire.measure();
    socket.send(r#"{"action":"ping"}"#).await;
    socket.next_presence().await;
    within("ping", shop.wire.spent(), 2, 0.0, 2.5);
    for (frame, writes) in [("away", 2.0), ("away", 0.0), ("back", 2.0)] {
        shop.wire.measure();
        socket.send(&json!({ "action": frame }).to_string()).await;
        // Frames of one socket are handled one after another.
        socket.send("").await;
        socket.next_of("error").await;
        // One of the round trips and one of the read units are the last frame's.
        within(frame, shop.wire.spent(), 3, writes, 3.0);
    }
    shop.wire.measure();
    drop(socket);
    harness::until("the disconnect is handled", async || shop.wire.calls().len() >= 4).await;
    within("disconnect", shop.wire.spent(), 2, 2.0, 2.0);
    drop((staff, of_guest));
}

#[tokio::test]
async fn folding_costs_two_units_a_channel_two_a_batch_and_one_for_answers() {
    let shop = Shop::with_idle_stream().await;
    for n in 0..10 {
        shop.customer(&format!("cus_{n}")).open().await;
    }
    shop.deliver_all().await;
    let position = drain(&shop, None).await;
    for n in 0..10 {
        for _ in 0..3 {
            shop.customer(&format!("cus_{n}"))
                .say(&hash_with_admin(&format!("cus_{n}")), &text())
                .await;
        }
    }
    let (batch, last) = shop.running.stream.batch_after(position, 1_000).await.unwrap();
    // Read once in ten seconds, like the roster.
    shop.running.app.store.settings(shop.running.app.clock.now()).await;
    let first = cost(&shop, shop.running.stream.deliver(batch.clone())).await;
    // One of the round trips and half a read unit are for the browsers with web push.
    within("fold of ten channels", first, 3, 2.0 * 10.0 + 2.0, 30.5);
    let again = cost(&shop, shop.running.stream.deliver(batch)).await;
    within("the same batch again", again, 1, 0.0, 30.0);

    let position = drain(&shop, last).await;
    shop.admin("user_0").answer(&hash_with_admin("cus_1"), "the wait ends").await;
    let (batch, last) = shop.running.stream.batch_after(position, 1_000).await.unwrap();
    // Two units for the channel, two for the totals, two for the admin.
    within(
        "an answer that ends a wait, by a new admin",
        cost(&shop, shop.running.stream.deliver(batch)).await,
        2,
        6.0,
        4.5,
    );

    let position = drain(&shop, last).await;
    shop.admin("user_1").answer(&hash_with_admin("cus_1"), "an answer changes no total").await;
    let (batch, last) = shop.running.stream.batch_after(position, 1_000).await.unwrap();
    // Concurrently the admin is looked up, and recorded once. The reply time is recorded
    // concurrently, too. The half unit is the roster, for the events.
    within(
        "an answer, by a new admin",
        cost(&shop, shop.running.stream.deliver(batch)).await,
        2,
        2.0,
        4.5,
    );
    let position = drain(&shop, last).await;
    shop.admin("user_1").answer(&hash_with_admin("cus_1"), "what follows an answer is none").await;
    let (batch, last) = shop.running.stream.batch_after(position, 1_000).await.unwrap();
    within(
        "fold of what changes nothing",
        cost(&shop, shop.running.stream.deliver(batch)).await,
        1,
        0.0,
        4.0,
    );

    // All slots are taken, each by a reply after months.
    let slow = |slot| {
        let by = domain::ActorId::parse(&format!("user_01{slot:024}")).expect("an id");
        let at = shop.running.app.clock.now();
        (domain::MeasuredReply { slot, seconds: 9_999_999, at }, by)
    };
    shop.running.app.store.put_replies((0..domain::REPLY_SLOTS).map(slow)).await.unwrap();
    let position = drain(&shop, last).await;
    let answers = async || {
        for n in 2..9 {
            let hash = hash_with_admin(&format!("cus_{n}"));
            shop.admin("user_1").answer(&hash, "an answer").await;
        }
    };
    answers().await;
    let (batch, last) = shop.running.stream.batch_after(position, 1_000).await.unwrap();
    // Seven channels no longer wait and have an assignee; one unit is for the reply times.
    within(
        "fold of seven answers that end waits",
        cost(&shop, shop.running.stream.deliver(batch)).await,
        2,
        2.0 * 7.0 + 2.0 + 1.0,
        22.0,
    );
    let position = drain(&shop, last).await;
    answers().await;
    let (batch, _) = shop.running.stream.batch_after(position, 1_000).await.unwrap();
    within(
        "fold of seven answers",
        cost(&shop, shop.running.stream.deliver(batch)).await,
        1,
        1.0,
        22.0,
    );
}

/// The position after the last record.
async fn drain(shop: &Shop, mut position: Option<String>) -> Option<String> {
    while let (_, Some(last)) =
        shop.running.stream.batch_after(position.clone(), 1_000).await.unwrap()
    {
        position = Some(last);
    }
    position
}

#[tokio::test]
async fn the_work_of_a_team_keeps_its_budget_however_large_the_shop_is() {
    for channels in [3, 60] {
        let shop = shop_of(channels, 30).await;
        let admin = shop.admin("user_1");
        shop.running.app.clock.stop();
        let hash = "direct:admin:cus_0";
        let path = format!("/admin/chat/channels/{hash}");
        let label = json!({ "slug": "vip", "name": "VIP", "color": "#b45309" });
        admin.put("/admin/chat/labels", json!({ "labels": [label], "version": 0 })).await.ok();
        admin.get(&path).await.ok();
        let change = async |what: &str, body: serde_json::Value| {
            let units = if body["labels"].is_array() { 4.0 } else { 3.0 };
            within(what, cost(&shop, admin.put(&path, body)).await, 2, 8.0, units);
        };
        let until = shop.running.app.clock.now().plus_millis(60_000).to_string();
        let snooze = json!({ "status": "snoozed", "snoozed_until": until });
        change("snooze", snooze).await;
        change("open", json!({ "status": "open" })).await;
        change("close", json!({ "status": "closed" })).await;
        change("open again", json!({ "status": "open" })).await;
        change("assign", json!({ "assignee_id": "user_1" })).await;
        change("label", json!({ "labels": ["vip"] })).await;
        let nothing = admin.put(&path, json!({ "status": "open", "assignee_id": "user_1" }));
        within("change nothing", cost(&shop, nothing).await, 2, 0.0, 2.5);

        let rating = format!("/store/chat/channels/{hash}/rating");
        let customer = shop.customer("cus_0");
        let rate = async |what: &str, rated: serde_json::Value, trips, write, read| {
            let rated = customer.put(&rating, rated);
            within(what, cost(&shop, rated).await, trips, write, read);
        };
        rate("rate", json!({ "score": 4, "comment": text() }), 2, 6.0, 3.0).await;
        rate("change a rating", json!({ "score": 5, "comment": text() }), 3, 6.0, 4.0).await;
        rate("rate the same", json!({ "score": 5, "comment": text() }), 2, 0.0, 2.0).await;
        let rated = customer.get("/store/chat/channels");
        within("own list, rated", cost(&shop, rated).await, 3, 0.0, 3.0);
        rate("drop the comment", json!({ "score": 5 }), 3, 6.0, 4.0).await;

        let notes = format!("{path}/notes");
        let note = json!({ "body": text(), "client_message_id": "note-id-1" });
        within("note", cost(&shop, admin.post(&notes, note)).await, 2, 6.0, 2.0);
        let log = admin.get(&format!("{path}/log")).await.ok();
        let id = log["entries"].as_array().unwrap().last().unwrap()["note"]["id"].clone();
        let note = format!("/admin/chat/notes/id/{}", id.as_str().unwrap());
        let edit = admin.put(&note, json!({ "body": "y".repeat(200) }));
        within("edit a note", cost(&shop, edit).await, 2, 6.0, 3.0);
        within("delete a note", cost(&shop, admin.delete(&note)).await, 2, 6.0, 3.0);
        within("staff log", cost(&shop, admin.get(&format!("{path}/log"))).await, 1, 0.0, 2.0);

        let send = async |what: &str, body: serde_json::Value, units: f64| {
            let path = format!("/admin/chat/messages/{hash}");
            let sent = admin.post(&path, body);
            within(what, cost(&shop, sent).await, 2, units, 3.0);
        };
        admin.put(&path, json!({ "assignee_id": null })).await.ok();
        shop.customer("cus_0").say(hash, &text()).await;
        let body = json!({ "body": text(), "status": "closed" });
        send("answer, assign and close", body, 15.0).await;
        send("answer and open", json!({ "body": text() }), 11.0).await;

        admin.put(&format!("{path}/read"), json!({})).await.ok();
        let unread = format!("{path}/unread");
        let unread = admin.put(&unread, json!({}));
        within("mark unread, answers follow", cost(&shop, unread).await, 10, 2.0, 9.0);
        shop.customer("cus_0").say(hash, &text()).await;
        admin.put(&format!("{path}/read"), json!({})).await.ok();
        let unread = format!("{path}/unread");
        let unread = admin.put(&unread, json!({}));
        within("mark unread", cost(&shop, unread).await, 3, 2.0, 3.0);
        shop.deliver_all().await;
        let counts = admin.get("/admin/chat/counts");
        within("counts", cost(&shop, counts).await, 1, 0.0, 2.0);
        for query in [
            "",
            "?status=open",
            "?status=open&assignee=none",
            "?assignee=me",
            "?label=vip",
            "?status=closed",
            "?order=waiting",
            "?order=waiting&assignee=none",
        ] {
            let list = format!("/admin/chat/channels{query}");
            admin.get(&list).await.ok();
            within(&list, cost(&shop, admin.get(&list)).await, 3, 0.0, 26.0);
        }
    }
}

#[tokio::test]
async fn a_transcript_and_a_return_from_a_mail_read_their_person_once() {
    let shop = Shop::with_idle_stream().await;
    let (admin, guest) = (shop.admin("user_1"), shop.guest());
    let hash = guest.open().await;
    admin.set_profile(json!({ "email": "mia@shop.example" })).await;
    guest.set_profile(json!({ "email": "eve@guests.example" })).await;
    let path = format!("/admin/chat/channels/{hash}");
    let customer = admin.get(&path).await.ok()["channel"]["customer"].clone();
    let asked = async { admin.post(&format!("{path}/transcript"), json!({})).await.ok() };
    within("transcript", cost(&shop, asked).await, 3, 1.0, 4.0);

    let id = ActorId::parse(customer["id"].as_str().unwrap()).expect("an id");
    let address = EmailAddress::parse("eve@guests.example").expect("an address");
    let url = shop.running.app.guest_url(&id, &address).await.expect("a link");
    let (_, token) = url.split_once("#live-chat=").expect("a token");
    let nobody = shop.nobody();
    for (what, round_trips, writes) in [("return from a mail", 3, 2.0), ("again", 2, 1.0)] {
        let body = json!({ "token": token });
        let resumed = async { nobody.post("/store/chat/guest/resume", body).await.ok() };
        within(what, cost(&shop, resumed).await, round_trips, writes, 1.0);
    }
}
