//! The staff's log and its events.

use serde_json::{Value, json};

use super::Team;

#[tokio::test]
async fn the_staffs_log_is_read_in_pieces_without_gaps() {
    let team = Team::begin().await;
    let path = format!("{}/log", team.path());
    let empty = json!({ "entries": [], "staff_seq": 0, "has_more": false });
    assert_eq!(team.mia.get(&path).await.ok(), empty);
    for n in 0..5 {
        let body = json!({ "body": format!("note {n}") });
        team.mia.post(&format!("{}/notes", team.path()), body).await.ok();
    }
    let all = team.log().await;
    let (mut after, mut read) = (json!(0), Vec::new());
    loop {
        let piece = team.mia.get(&format!("{path}?after={after}&limit=2")).await.ok();
        assert_eq!(piece["staff_seq"], 5);
        read.extend(piece["entries"].as_array().unwrap().iter().cloned());
        after = read.last().unwrap()["staff_seq"].clone();
        if piece["has_more"] == false {
            break;
        }
        assert_eq!(piece["entries"].as_array().unwrap().len(), 2);
    }
    assert_eq!(read, all);
    for beyond in [5, 6, u64::MAX] {
        let piece = team.mia.get(&format!("{path}?after={beyond}")).await.ok();
        assert_eq!((&piece["entries"], &piece["has_more"]), (&json!([]), &json!(false)));
        assert_eq!(piece["staff_seq"], 5);
    }
    for wrong in ["after=-1", "after=x", "limit=0", "limit=x"] {
        team.mia.get(&format!("{path}?{wrong}")).await.refused(400, "invalid_data");
    }
    let missing = "/admin/chat/channels/direct:admin:cus_nobody/log";
    team.mia.get(missing).await.refused(404, "not_found");
    team.customer.get(&path).await.refused(401, "unauthorized");
    let store = path.replace("/admin/", "/store/");
    team.customer.get(&store).await.refused(404, "not_found");
}

#[tokio::test]
async fn every_change_is_an_event_for_staff_after_the_messages_own() {
    let team = Team::begin().await;
    let mut socket = team.shop.socket(&team.tom, "admin").await;
    let sent = team.send(&team.mia, json!({ "body": "Done", "status": "closed" })).await;
    let created = socket.next().await;
    assert_eq!(
        (&created["event"], &created["seq"]),
        (&json!("chat.message.created"), &sent["seq"])
    );
    assert_eq!(created.get("staff_seq"), None);
    let log = team.log().await;
    for entry in &log {
        let event = socket.next().await;
        assert_eq!(event["event"], "chat.channel.updated");
        assert_eq!(event["payload"]["entry"], *entry);
        for field in ["staff_seq", "after_seq", "event_id"] {
            assert_eq!(event[field], entry[field], "{field}");
        }
        assert_eq!((event.get("seq"), event.get("message_id")), (None, None));
        let channel = event["payload"]["channel"].as_object().unwrap();
        for absent in ["unread_count", "members", "last_message"] {
            assert!(!channel.contains_key(absent), "{absent}");
        }
        assert_eq!(channel["status"], "closed");
        assert_eq!(channel["assignee"]["first_name"], "Mia");
        assert_eq!(channel["customer"]["id"], "cus_1");
    }
    let notes = format!("{}/notes", team.path());
    let note = team.mia.post(&notes, json!({ "body": "x" })).await.ok()["note"].clone();
    let path = format!("/admin/chat/notes/id/{}", note["id"].as_str().unwrap());
    let edited = team.mia.put(&path, json!({ "body": "y" })).await.ok()["note"].clone();
    team.mia.delete(&path).await.ok();
    for (name, seq) in [("created", 3), ("updated", 4), ("deleted", 5)] {
        let event = socket.next().await;
        assert_eq!(event["event"], format!("chat.note.{name}"));
        assert_eq!((&event["staff_seq"], &event["after_seq"]), (&json!(seq), &json!(2)));
        let shown = &event["payload"]["note"];
        match name {
            "created" => assert_eq!(*shown, note),
            "updated" => assert_eq!(*shown, edited),
            _ => assert!(shown["deleted_at"].is_string() && shown["body"] == ""),
        }
    }
    socket.is_silent().await;
}

#[tokio::test]
async fn a_long_notes_event_has_no_body() {
    let team = Team::begin().await;
    let mut socket = team.shop.socket(&team.tom, "admin").await;
    let body = json!({ "body": "\u{1}".repeat(5_000) });
    team.mia.post(&format!("{}/notes", team.path()), body).await.ok();
    let event = socket.next().await;
    assert_eq!(event["payload"]["truncated"], true);
    assert_eq!(event["payload"]["note"]["body"], "");
}

#[tokio::test]
async fn the_member_gets_only_a_close_and_a_reopening() {
    let team = Team::begin().await;
    let mut socket = team.shop.socket(&team.customer, "store").await;
    let snooze = json!({ "status": "snoozed", "snoozed_until": team.later(60) });
    for change in [snooze, json!({ "assignee_id": "user_tom" }), json!({ "labels": ["vip"] })] {
        team.change(change).await;
    }
    team.change(json!({ "status": "closed" })).await;
    let closed = socket.next().await;
    assert_eq!((&closed["event"], closed.get("seq")), (&json!("chat.channel.updated"), None));
    let mut expected = team.as_customer().await;
    for absent in ["unread_count", "members", "last_message"] {
        expected.as_object_mut().unwrap().remove(absent);
    }
    assert_eq!(closed["payload"], json!({ "channel": expected }));
    team.change(json!({ "status": "open" })).await;
    assert_eq!(socket.next().await["payload"]["channel"]["status"], "open");
    team.mia.post(&format!("{}/notes", team.path()), json!({ "body": "x" })).await.ok();
    team.mia.put(&format!("{}/unread", team.path()), json!({})).await.ok();
    team.send(&team.mia, json!({ "body": "Bye", "status": "closed" })).await;
    assert_eq!(socket.next().await["event"], "chat.message.created");
    let closed: Value = socket.next().await;
    assert_eq!(closed["payload"]["channel"]["status"], "closed");
    socket.is_silent().await;
}
