//! The shop's labels.

use serde_json::{Value, json};

use super::{Team, label};

#[tokio::test]
async fn labels_are_replaced_only_at_their_present_version() {
    let team = Team::begin().await;
    let path = "/admin/chat/labels";
    let read = team.tom.get(path).await.ok();
    assert_eq!(read["labels"], json!(["return", "vip"].map(label)));
    let version = read["version"].clone();
    let list = json!([label("b"), label("a")]);
    let next = json!({ "labels": list, "version": version });
    let replaced = team.tom.put(path, next.clone()).await.ok();
    assert_eq!(replaced["labels"], list);
    assert_eq!(team.mia.get(path).await.ok(), replaced);
    team.mia.put(path, next).await.refused(409, "conflict");
    for missing in [json!({ "labels": [] }), json!({ "labels": [], "version": null })] {
        team.mia.put(path, missing).await.refused(400, "invalid_data");
    }
    let with = |change: fn(&mut Value)| {
        let mut wrong = label("x");
        change(&mut wrong);
        json!([wrong])
    };
    let many: Vec<Value> = (0..101).map(|n| label(&format!("l{n}"))).collect();
    for labels in [
        json!("x"),
        json!(["x"]),
        json!(many),
        json!([label("x"), label("x")]),
        with(|label| label["slug"] = json!("")),
        with(|label| label["slug"] = json!("Vip")),
        with(|label| label["slug"] = json!("a_b")),
        with(|label| label["slug"] = json!("x".repeat(33))),
        with(|label| label["name"] = json!("")),
        with(|label| label["name"] = json!("x".repeat(41))),
        with(|label| label["color"] = json!("red")),
        with(|label| label["color"] = json!("#12345")),
        with(|label| label["color"] = Value::Null),
    ] {
        let body = json!({ "labels": labels, "version": replaced["version"] });
        team.mia.put(path, body).await.refused(400, "invalid_data");
    }
    assert_eq!(team.mia.get(path).await.ok(), replaced);
    let longest = json!([{ "slug": "x".repeat(32), "name": "ä".repeat(40), "color": "#Ab0fF9" }]);
    let body = json!({ "labels": longest, "version": replaced["version"] });
    team.mia.put(path, body).await.ok();
    team.customer.get(path).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_label_that_the_shop_removed_stays_on_its_channels() {
    let team = Team::begin().await;
    team.change(json!({ "labels": ["vip"] })).await;
    let list = json!({ "labels": [label("return")], "version": 1 });
    team.mia.put("/admin/chat/labels", list).await.ok();
    assert_eq!(team.channel().await["labels"], json!(["vip"]));
    let both = team.change(json!({ "labels": ["vip", "return"] })).await;
    assert_eq!(both["labels"], json!(["return", "vip"]));
    assert_eq!(team.counts().await["by_label"], json!({ "return": 1, "vip": 1 }));
    team.shop.settle().await;
    let found = team.mia.get("/admin/chat/channels?label=vip").await.ok();
    assert_eq!((&found["count"], found["channels"].as_array().unwrap().len()), (&json!(1), 1));
    team.change(json!({ "labels": ["return"] })).await;
    let again = team.mia.put(&team.path(), json!({ "labels": ["return", "vip"] })).await;
    again.refused(400, "invalid_data");
}
