//! Who wrote: the sender in each message of staff.

use domain::ActorId;
use harness::{Client, Shop, Socket};
use serde_json::{Value, json};

const FACE: &str = "https://shop.example/mia.png";

/// The senders of the messages in a list.
fn senders(messages: &Value) -> Vec<Value> {
    let messages = messages.as_array().expect("messages").iter();
    messages.map(|message| message["sender"].clone()).collect()
}

/// A shop with Mia, who has a name and a face, and Ada's channel.
async fn shop_with_mia() -> (Shop, Client, Client, String) {
    let shop = Shop::open().await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let profile = json!({
        "first_name": "Mia", "last_name": "Lorenz", "email": "mia@home.example",
        "avatar_url": FACE,
    });
    mia.set_profile(profile).await;
    let hash = ada.open().await;
    (shop, ada, mia, hash)
}

/// What customers see of Mia, and what staff sees.
fn mia_as_seen() -> (Value, Value) {
    (
        json!({ "id": "user_mia", "first_name": "Mia", "avatar_url": FACE }),
        json!({
            "id": "user_mia", "first_name": "Mia", "last_name": "Lorenz", "avatar_url": FACE,
        }),
    )
}

async fn pushed(socket: &mut Socket) -> Value {
    socket.next_of("chat.message.created").await["payload"]["message"].clone()
}

#[tokio::test]
async fn each_message_of_staff_names_its_sender_wherever_it_is_read() {
    let (shop, ada, mia, hash) = shop_with_mia().await;
    let (to_customers, to_staff) = mia_as_seen();
    let mut sockets = [shop.socket(&ada, "store").await, shop.socket(&mia, "admin").await];
    let asked = ada.say(&hash, "Is it in stock?").await;
    assert_eq!(asked.get("sender"), Some(&Value::Null), "{asked}");
    for socket in &mut sockets {
        assert_eq!(pushed(socket).await["sender"], Value::Null);
    }
    let notice = json!({ "body": "Mia joined", "type": "system" });
    mia.post(&format!("/admin/chat/messages/{hash}"), notice).await.ok();
    let answered = mia.answer(&hash, "Yes").await;
    assert_eq!(answered["sender"], to_staff);
    for socket in &mut sockets {
        for _ in 0..2 {
            assert_eq!(pushed(socket).await["sender"], to_customers, "staff's frame is the same");
        }
    }
    assert_eq!(mia.edit(&answered, "Yes, it is").await["sender"], to_staff);
    for socket in &mut sockets {
        let updated = socket.next_of("chat.message.updated").await;
        assert_eq!(updated["payload"]["message"]["sender"], to_customers);
    }

    for (client, scope, sender) in [(&ada, "store", &to_customers), (&mia, "admin", &to_staff)] {
        let expected = [Value::Null, sender.clone(), sender.clone()];
        assert_eq!(senders(&client.messages(&hash).await["messages"]), expected);
        let listed = &client.channels().await["channels"][0]["last_message"];
        assert_eq!(listed["sender"], *sender);
        let one = client.get(&format!("/{scope}/chat/channels/{hash}")).await.ok();
        assert_eq!(one["channel"]["last_message"]["sender"], *sender);
        let body = if scope == "store" { json!({}) } else { json!({ "customer_id": "cus_ada" }) };
        let opened = client.post(&format!("/{scope}/chat/channels"), body).await.ok();
        assert_eq!(opened["channel"]["last_message"]["sender"], *sender);
        // Envelopes hold what customers may see.
        for event in client.events_after(&hash, 1).await["events"].as_array().unwrap() {
            assert_eq!(event["payload"]["message"]["sender"], to_customers, "{event}");
        }
    }
    shop.settle().await;
    let events = shop.running.dev.bus.events();
    let published = events.iter().filter(|event| event["detail"]["payload"]["message"].is_object());
    let published: Vec<_> =
        published.map(|event| event["detail"]["payload"]["message"]["sender"].clone()).collect();
    let expected = [&Value::Null, &to_customers, &to_customers, &to_customers];
    assert_eq!(published.iter().collect::<Vec<_>>(), expected);
    // What shows the staff's work has whole names: the bus is the shop's.
    let of_messages = |event: &&Value| event["detail"]["payload"]["message"].is_object();
    let events: Vec<_> = events.iter().filter(of_messages).collect();
    let seen = format!("{}{}", ada.messages(&hash).await, json!(events));
    assert!(!seen.contains("Lorenz") && !seen.contains("home.example"), "{seen}");
}

#[tokio::test]
async fn a_sender_has_the_present_name() {
    let (shop, ada, mia, hash) = shop_with_mia().await;
    mia.answer(&hash, "Hello").await;
    let sender = async || senders(&ada.messages(&hash).await["messages"])[0].clone();
    assert_eq!(sender().await["first_name"], "Mia");
    // Another instance of a function learns a new name after ten seconds.
    let other = app::App::new(shop.running.app.config.clone(), shop.running.app.clock.clone());
    let id = ActorId::parse("user_mia").unwrap();
    let elsewhere = async || other.store.roster(other.clock.now()).await.profile(&id).first_name;
    assert_eq!(elsewhere().await.as_deref(), Some("Mia"));
    mia.set_profile(json!({ "first_name": "Mimi", "avatar_url": null })).await;
    let mimi = json!({ "id": "user_mia", "first_name": "Mimi", "avatar_url": null });
    assert_eq!(sender().await, mimi);
    shop.advance(10).await;
    assert_eq!(elsewhere().await.as_deref(), Some("Mimi"));

    shop.running.app.store.erase(&id, true).await.unwrap();
    shop.settle().await;
    let nobody = json!({ "id": "user_mia", "first_name": null, "avatar_url": null });
    assert_eq!(sender().await, nobody);
}

#[tokio::test]
async fn a_sender_without_a_profile_has_no_name_until_the_shop_says_one() {
    let shop = Shop::open().await;
    let (ada, tom) = (shop.customer("cus_ada"), shop.admin("user_tom"));
    let hash = ada.open().await;
    let answered = tom.answer(&hash, "Hello").await;
    let unknown = json!({
        "id": "user_tom", "first_name": null, "last_name": null, "avatar_url": null,
    });
    assert_eq!(answered["sender"], unknown);
    shop.settle().await;
    // The inbox asks who the staff is, so the shop is asked.
    tom.get("/admin/chat/staff").await.ok();
    shop.settle().await;
    assert_eq!(
        senders(&ada.messages(&hash).await["messages"]),
        [json!({ "id": "user_tom", "first_name": "Tom", "avatar_url": null })]
    );
}

#[tokio::test]
async fn messages_are_read_without_names_while_the_roster_cannot_be() {
    let (shop, ada, mia, hash) = shop_with_mia().await;
    mia.answer(&hash, "Hello").await;
    shop.advance(10).await;
    shop.wire.falsify(|_, request| {
        if request["Key"]["pk"]["S"] == "P#~" {
            request["TableName"] = json!("gone");
        }
    });
    let page = ada.messages(&hash).await;
    assert_eq!(page["messages"][0]["body"], "Hello");
    assert_eq!(senders(&page["messages"])[0]["first_name"], "Mia", "the last known name");
}
