//! Status, snooze, cases and assignees.

use serde_json::{Value, json};

use super::Team;

#[tokio::test]
async fn a_new_channel_is_open_in_its_first_case() {
    let team = Team::begin().await;
    let channel = team.channel().await;
    let fields = [
        ("status", json!("open")),
        ("snoozed_until", Value::Null),
        ("case", json!(1)),
        ("assignee_id", Value::Null),
        ("assignee", Value::Null),
        ("labels", json!([])),
        ("staff_seq", json!(0)),
    ];
    for (field, value) in fields {
        assert_eq!(channel.get(field), Some(&value), "{field}");
    }
    let own = team.as_customer().await;
    assert_eq!((&own["status"], &own["case"]), (&json!("open"), &json!(1)));
    for hidden in
        ["snoozed_until", "assignee_id", "assignee", "labels", "staff_seq", "unanswered_since"]
    {
        assert_eq!(own.get(hidden), None, "{hidden}");
    }
}

#[tokio::test]
async fn each_changed_field_is_one_entry_and_an_unchanged_one_is_none() {
    let team = Team::begin().await;
    let all = json!({ "status": "closed", "assignee_id": "user_tom", "labels": ["vip", "return"] });
    let changed = team.change(all.clone()).await;
    assert_eq!(changed["assignee"]["first_name"], "Tom");
    assert_eq!(changed["labels"], json!(["return", "vip"]));
    assert_eq!((&changed["status"], &changed["staff_seq"]), (&json!("closed"), &json!(3)));
    let log = team.log().await;
    assert_eq!(team.kinds().await, ["status", "assignee", "labels"]);
    let by = json!({ "id": "user_mia", "role": "admin" });
    assert!(log.iter().all(|entry| entry["by"] == by && entry["after_seq"] == 1), "{log:?}");
    assert_eq!(
        (&log[0]["status"], &log[0]["snoozed_until"], &log[0]["case"]),
        (&json!("closed"), &Value::Null, &json!(1))
    );
    assert_eq!(log[1]["assignee_id"], "user_tom");
    assert_eq!(
        (&log[2]["labels"], &log[2]["added"], &log[2]["removed"]),
        (&json!(["return", "vip"]), &json!(["return", "vip"]), &json!([]))
    );
    for same in [all, json!({}), json!({ "labels": ["return", "vip", "vip"] })] {
        assert_eq!(team.change(same).await, changed);
    }
    assert_eq!(team.log().await.len(), 3);
    let none = team.change(json!({ "assignee_id": null, "labels": [] })).await;
    assert_eq!((&none["assignee_id"], &none["labels"]), (&Value::Null, &json!([])));
    assert_eq!(team.log().await[4]["removed"], json!(["return", "vip"]));
    assert_eq!(none["updated_at"], changed["updated_at"]);
}

#[tokio::test]
async fn a_new_end_of_a_snooze_is_an_entry() {
    let team = Team::begin().await;
    let (one, two) = (team.later(60), team.later(120));
    for until in [&one, &two, &two] {
        let snoozed = team.change(json!({ "status": "snoozed", "snoozed_until": until })).await;
        assert_eq!(snoozed["snoozed_until"], json!(until));
    }
    let log = team.log().await;
    let until: Vec<_> = log.iter().map(|entry| entry["snoozed_until"].clone()).collect();
    assert_eq!(until, [one, two]);
    assert_eq!(team.as_customer().await["status"], "open");
    let open = team.change(json!({ "status": "open", "snoozed_until": 7 })).await;
    assert_eq!((&open["status"], &open["snoozed_until"]), (&json!("open"), &Value::Null));
}

#[tokio::test]
async fn invalid_changes_are_refused() {
    let team = Team::begin().await;
    team.change(json!({ "labels": ["vip"] })).await;
    let (year, past) = (365 * 86_400, team.later(-1));
    let many: Vec<String> = (0..11).map(|n| format!("l{n}")).collect();
    for body in [
        json!({ "status": "done" }),
        json!({ "status": "all" }),
        json!({ "status": 1 }),
        json!({ "status": "snoozed" }),
        json!({ "status": "snoozed", "snoozed_until": null }),
        json!({ "status": "snoozed", "snoozed_until": "tomorrow" }),
        json!({ "status": "snoozed", "snoozed_until": "2099-01-01T00:00:00" }),
        json!({ "status": "snoozed", "snoozed_until": past }),
        json!({ "status": "snoozed", "snoozed_until": team.later(year + 60) }),
        json!({ "assignee_id": "cus_1" }),
        json!({ "assignee_id": "guest_1" }),
        json!({ "assignee_id": "" }),
        json!({ "assignee_id": "a b" }),
        json!({ "assignee_id": 1 }),
        json!({ "labels": ["other"] }),
        json!({ "labels": ["VIP"] }),
        json!({ "labels": "vip" }),
        json!({ "labels": [1] }),
        json!({ "labels": many }),
        // None of the fields is changed if one is refused.
        json!({ "assignee_id": "user_tom", "labels": ["other"] }),
    ] {
        team.mia.put(&team.path(), body).await.refused(400, "invalid_data");
    }
    assert_eq!(team.log().await.len(), 1);
    let ends = json!({ "status": "snoozed", "snoozed_until": team.later(year - 60) });
    team.change(ends).await;
    let missing = "/admin/chat/channels/direct:admin:cus_nobody";
    for path in [missing, "/admin/chat/channels/direct:b:a", "/admin/chat/channels/x"] {
        team.mia.put(path, json!({ "status": "open" })).await.refused(404, "not_found");
        team.mia.get(path).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_channel_without_messages_cannot_be_snoozed_or_closed() {
    let team = Team::begin().await;
    let hash = team.shop.customer("cus_2").open().await;
    let path = format!("/admin/chat/channels/{hash}");
    let snooze = json!({ "status": "snoozed", "snoozed_until": team.later(60) });
    for body in [json!({ "status": "closed" }), snooze] {
        assert_eq!(team.mia.put(&path, body).await.status, 400);
    }
    team.mia.put(&path, json!({ "status": "open", "assignee_id": "user_tom" })).await.ok();
}

#[tokio::test]
async fn the_members_message_reopens_and_begins_a_case_only_after_a_close() {
    let team = Team::begin().await;
    team.change(json!({ "status": "snoozed", "snoozed_until": team.later(60) })).await;
    let said = team.customer.say(&team.hash, "two").await;
    assert_eq!((&team.channel().await["status"], &said["seq"]), (&json!("open"), &json!(2)));
    let entry = team.log().await[1].clone();
    assert_eq!(entry["by"], json!({ "id": "cus_1", "role": "customer" }));
    assert_eq!((&entry["after_seq"], &entry["case"]), (&json!(2), &json!(1)));
    team.change(json!({ "status": "closed" })).await;
    assert_eq!(team.as_customer().await["status"], "closed");
    team.customer.say(&team.hash, "three").await;
    let channel = team.channel().await;
    assert_eq!((&channel["status"], &channel["case"]), (&json!("open"), &json!(2)));
    assert_eq!(team.as_customer().await["case"], 2);
    let entry = team.log().await[3].clone();
    assert_eq!((&entry["after_seq"], &entry["case"]), (&json!(3), &json!(2)));
    team.customer.say(&team.hash, "four").await;
    assert_eq!((team.log().await.len(), &team.channel().await["case"]), (4, &json!(2)));
}

#[tokio::test]
async fn a_staff_message_reopens_in_the_same_case_unless_it_sets_a_status() {
    let team = Team::begin().await;
    team.change(json!({ "status": "closed", "assignee_id": "user_mia" })).await;
    team.tom.answer(&team.hash, "again").await;
    let channel = team.channel().await;
    assert_eq!((&channel["status"], &channel["case"]), (&json!("open"), &json!(1)));
    assert_eq!(team.log().await[2]["by"]["id"], "user_tom");
    team.change(json!({ "status": "closed" })).await;
    team.send(&team.tom, json!({ "body": "Bye", "status": "closed" })).await;
    assert_eq!((team.log().await.len(), &team.channel().await["status"]), (4, &json!("closed")));
}

#[tokio::test]
async fn a_staff_send_sets_the_status_in_its_own_commit() {
    let team = Team::begin().await;
    let body = json!({ "body": "Done", "status": "closed", "client_message_id": "close-it-1" });
    let sent = team.send(&team.mia, body.clone()).await;
    let log = team.log().await;
    assert_eq!(team.kinds().await, ["status", "assignee"]);
    assert!(log.iter().all(|entry| entry["after_seq"] == sent["seq"]), "{log:?}");
    assert_eq!(team.channel().await["assignee_id"], "user_mia");
    // A replay never applies the status again, and another status is no conflict.
    team.change(json!({ "status": "open" })).await;
    let snooze = json!({ "body": "Done", "status": "snoozed", "snoozed_until": team.later(9),
                         "client_message_id": "close-it-1" });
    let past = json!({ "body": "Done", "status": "snoozed", "snoozed_until": team.later(-9),
                       "client_message_id": "close-it-1" });
    for again in [body, snooze, past, json!({ "body": "Done", "client_message_id": "close-it-1" })]
    {
        assert_eq!(team.send(&team.mia, again).await["id"], sent["id"]);
    }
    assert_eq!(team.kinds().await, ["status", "assignee", "status"]);
    assert_eq!(team.channel().await["status"], "open");
    let path = format!("/admin/chat/messages/{}", team.hash);
    for wrong in [
        json!({ "body": "x", "status": "done" }),
        json!({ "body": "x", "status": "snoozed" }),
        json!({ "body": "x", "status": "snoozed", "snoozed_until": team.later(-1) }),
    ] {
        team.mia.post(&path, wrong).await.refused(400, "invalid_data");
    }
    let snooze = json!({ "body": "Wait", "status": "snoozed", "snoozed_until": team.later(60) });
    let seq = team.send(&team.mia, snooze).await["seq"].clone();
    assert_eq!(seq, 3, "refused sends take no place");
    assert_eq!(team.log().await[3]["after_seq"], seq);
}

#[tokio::test]
async fn a_status_in_a_members_send_is_ignored() {
    let team = Team::begin().await;
    let path = format!("/store/chat/messages/{}", team.hash);
    for status in [json!("closed"), json!("nonsense"), json!(7)] {
        let body = json!({ "body": "x", "status": status, "snoozed_until": 7 });
        team.customer.post(&path, body).await.ok();
    }
    assert_eq!((team.log().await.len(), &team.channel().await["status"]), (0, &json!("open")));
}

#[tokio::test]
async fn a_close_ends_the_wait_and_open_restores_it() {
    let team = Team::begin().await;
    let since = team.channel().await["unanswered_since"].clone();
    assert!(since.is_string());
    assert_eq!(team.change(json!({ "status": "closed" })).await["unanswered_since"], Value::Null);
    assert_eq!(team.counts().await["waiting"], 0);
    assert_eq!(team.change(json!({ "status": "open" })).await["unanswered_since"], since);
    assert_eq!(team.counts().await["waiting"], 1);
    // A message in between: the wait that the close ended stays ended.
    team.change(json!({ "status": "closed" })).await;
    let again = team.customer.say(&team.hash, "two").await;
    assert_eq!(team.channel().await["unanswered_since"], again["created_at"]);
    team.change(json!({ "status": "closed" })).await;
    team.mia.answer(&team.hash, "answer").await;
    assert_eq!(team.channel().await["unanswered_since"], Value::Null);
}

#[tokio::test]
async fn a_question_that_is_deleted_while_closed_does_not_wait_again() {
    let team = Team::begin().await;
    let two = team.customer.say(&team.hash, "two").await;
    team.change(json!({ "status": "closed" })).await;
    let page = team.customer.messages(&team.hash).await;
    let id = page["messages"][0]["id"].as_str().unwrap().to_owned();
    team.customer.delete(&format!("/store/chat/messages/id/{id}")).await.ok();
    let closed = team.channel().await;
    assert_eq!((&closed["status"], &closed["unanswered_since"]), (&json!("closed"), &Value::Null));
    let open = team.change(json!({ "status": "open" })).await;
    assert_eq!(open["unanswered_since"], two["created_at"]);
    team.change(json!({ "status": "closed" })).await;
    let id = two["id"].as_str().unwrap();
    team.customer.delete(&format!("/store/chat/messages/id/{id}")).await.ok();
    assert_eq!(team.change(json!({ "status": "open" })).await["unanswered_since"], Value::Null);
}

#[tokio::test]
async fn a_reply_assigns_its_sender_and_a_system_message_does_not() {
    let team = Team::begin().await;
    team.change(json!({ "status": "closed" })).await;
    team.send(&team.mia, json!({ "body": "Closed today", "type": "system" })).await;
    let channel = team.channel().await;
    assert_eq!((&channel["assignee_id"], &channel["status"]), (&Value::Null, &json!("open")));
    assert_eq!(channel["unanswered_since"], Value::Null, "a system message of an admin answers");
    let sent = team.send(&team.tom, json!({ "body": "At 9?", "type": "meeting" })).await;
    assert_eq!(team.channel().await["assignee_id"], "user_tom");
    let entry = team.log().await.last().unwrap().clone();
    assert_eq!((&entry["kind"], &entry["after_seq"]), (&json!("assignee"), &sent["seq"]));
    assert_eq!(entry["by"]["id"], "user_tom");
    team.mia.answer(&team.hash, "me too").await;
    assert_eq!(team.channel().await["assignee_id"], "user_tom");
    team.customer.say(&team.hash, "thanks").await;
    assert_eq!(team.kinds().await, ["status", "status", "assignee"]);
}

#[tokio::test]
async fn a_claim_writes_no_entry_and_the_work_stays() {
    let team = Team::begin().await;
    let secret = "guest-secret-of-the-claim-abcdefg";
    let guest = team.shop.nobody().with_guest_secret(secret);
    let hash = guest.open().await;
    guest.say(&hash, "hello").await;
    let path = format!("/admin/chat/channels/{hash}");
    let work = json!({ "status": "closed", "assignee_id": "user_tom", "labels": ["vip"] });
    let before = team.mia.put(&path, work).await.ok()["channel"].clone();
    team.shop.customer("cus_9").claim(secret).await.ok();
    let after = team.mia.get(&path).await.ok()["channel"].clone();
    for field in ["status", "case", "assignee_id", "labels", "staff_seq", "snoozed_until"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["customer"]["id"], "cus_9");
}

#[tokio::test]
async fn changes_of_different_fields_at_once_both_succeed() {
    let team = Team::begin().await;
    let path = team.path();
    for round in 0..8 {
        let status = if round % 2 == 0 { "closed" } else { "open" };
        let assignee = if round % 2 == 0 { json!("user_tom") } else { Value::Null };
        let labels = if round % 2 == 0 { json!(["vip"]) } else { json!([]) };
        let (one, two, three) = tokio::join!(
            team.mia.put(&path, json!({ "status": status })),
            team.tom.put(&path, json!({ "assignee_id": assignee })),
            team.tom.put(&path, json!({ "labels": labels })),
        );
        for reply in [one, two, three] {
            reply.ok();
        }
        let channel = team.channel().await;
        assert_eq!(
            (&channel["status"], &channel["assignee_id"], &channel["labels"]),
            (&json!(status), &assignee, &labels)
        );
    }
    assert_eq!(team.log().await.len(), 24);
}

#[tokio::test]
async fn only_staff_changes_the_work() {
    let team = Team::begin().await;
    for client in [&team.customer, &team.shop.nobody(), &team.shop.guest()] {
        let close = json!({ "status": "closed" });
        client.put(&team.path(), close).await.refused(401, "unauthorized");
        let path = team.path().replace("/admin/", "/store/");
        assert!(matches!(client.put(&path, json!({ "status": "closed" })).await.status, 401 | 404));
    }
    let other = team.shop.customer("cus_2");
    let path = team.path().replace("/admin/", "/store/");
    other.get(&path).await.refused(404, "not_found");
    assert_eq!(team.channel().await["status"], "open");
}
