//! Notes.

use harness::{Client, Reply};
use serde_json::{Value, json};

use super::Team;

async fn add(team: &Team, admin: &Client, body: Value) -> Reply {
    admin.post(&format!("{}/notes", team.path()), body).await
}

fn of(note: &Value) -> String {
    format!("/admin/chat/notes/id/{}", note["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_note_is_written_edited_and_deleted_by_its_author() {
    let team = Team::begin().await;
    let body = json!({ "body": "Tom?", "mentions": ["user_tom", "user_tom"] });
    let note = add(&team, &team.mia, body).await.ok()["note"].clone();
    assert!(note["id"].as_str().unwrap().starts_with("chatnote_"));
    let expected = [
        ("channel_id", team.channel().await["id"].clone()),
        ("staff_seq", json!(1)),
        ("after_seq", json!(1)),
        ("author_id", json!("user_mia")),
        ("body", json!("Tom?")),
        ("mentions", json!(["user_tom"])),
        ("edited_at", Value::Null),
        ("deleted_at", Value::Null),
    ];
    for (field, value) in expected {
        assert_eq!(note[field], value, "{field}");
    }
    assert_eq!(note["author"]["first_name"], "Mia");
    let path = of(&note);
    let refused = team.tom.put(&path, json!({ "body": "x" })).await;
    let message = refused.refused(403, "forbidden");
    assert_eq!(message, "Only the note author can edit this note");
    let message = team.tom.delete(&path).await;
    let message = message.refused(403, "forbidden");
    assert_eq!(message, "Only the note author can delete this note");
    let edited = team.mia.put(&path, json!({ "body": "Tom!", "mentions": [] })).await.ok();
    assert_eq!(
        (&edited["note"]["body"], &edited["note"]["mentions"]),
        (&json!("Tom!"), &json!([]))
    );
    assert!(edited["note"]["edited_at"].is_string());
    team.mia.put(&path, json!({ "body": "Tom!" })).await.ok();
    assert_eq!(team.kinds().await, ["note", "note_edited"], "the same content is no entry");
    let log = team.log().await;
    assert_eq!(log[0]["note"], edited["note"], "in its present state");
    for _ in 0..2 {
        let deleted = team.mia.delete(&path).await.ok();
        assert_eq!(deleted, json!({ "id": note["id"], "object": "chat_note", "deleted": true }));
    }
    let log = team.mia.get(&format!("{}/log", team.path())).await;
    assert!(!log.text.contains("Tom!") && !log.text.contains("Tom?"), "{}", log.text);
    let entries = log.body["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 3);
    assert!(entries.iter().all(|entry| entry["note"]["deleted_at"].is_string()));
    let id = note["id"].as_str().unwrap();
    for reply in [team.mia.put(&path, json!({ "body": "x" })).await, team.tom.delete(&path).await] {
        let message = reply.refused(404, "not_found");
        assert_eq!(message, format!("Chat note with id: {id} was not found"));
    }
}

#[tokio::test]
async fn invalid_notes_are_refused() {
    let team = Team::begin().await;
    let many: Vec<String> = (0..21).map(|n| format!("user_{n}")).collect();
    for body in [
        json!({}),
        json!({ "body": "" }),
        json!({ "body": " \u{200b}" }),
        json!({ "body": "x".repeat(5_001) }),
        json!({ "body": 7 }),
        json!({ "body": "x", "mentions": "user_tom" }),
        json!({ "body": "x", "mentions": ["user_unknown"] }),
        json!({ "body": "x", "mentions": ["cus_1"] }),
        json!({ "body": "x", "mentions": [""] }),
        json!({ "body": "x", "mentions": [7] }),
        json!({ "body": "x", "mentions": many }),
        json!({ "body": "x", "client_message_id": "short" }),
    ] {
        add(&team, &team.mia, body).await.refused(400, "invalid_data");
    }
    let note = add(&team, &team.mia, json!({ "body": "x".repeat(5_000) })).await.ok();
    for body in [json!({}), json!({ "body": "" }), json!({ "body": "x", "mentions": ["cus_1"] })] {
        team.mia.put(&of(&note["note"]), body).await.refused(400, "invalid_data");
    }
    let missing = "/admin/chat/channels/direct:admin:cus_nobody/notes";
    team.mia.post(missing, json!({ "body": "x" })).await.refused(404, "not_found");
    for id in ["x", "chatnote_x", "chatmsg_x"] {
        let path = format!("/admin/chat/notes/id/{id}");
        let message = team.mia.put(&path, json!({ "body": "x" })).await;
        let message = message.refused(404, "not_found");
        assert_eq!(message, format!("Chat note with id: {id} was not found"));
        team.mia.delete(&path).await.refused(404, "not_found");
    }
    // The id of a message is not that of a note, and the other way round.
    let said = team.customer.say(&team.hash, "two").await;
    let as_note = said["id"].as_str().unwrap().replace("chatmsg_", "chatnote_");
    let as_message = note["note"]["id"].as_str().unwrap().replace("chatnote_", "chatmsg_");
    team.mia.delete(&format!("/admin/chat/notes/id/{as_note}")).await.refused(404, "not_found");
    let path = format!("/admin/chat/messages/id/{as_message}");
    assert!(matches!(team.mia.delete(&path).await.status, 403 | 404));
    for path in [format!("{}/notes", team.path()), of(&note["note"])] {
        team.customer.post(&path, json!({ "body": "x" })).await.refused(401, "unauthorized");
    }
}

#[tokio::test]
async fn client_ids_of_notes_are_not_those_of_messages() {
    let team = Team::begin().await;
    let id = "the-same-id-1";
    let body = json!({ "body": "x", "client_message_id": id });
    let sent = team.send(&team.mia, body.clone()).await;
    let note = add(&team, &team.mia, body.clone()).await.ok()["note"].clone();
    assert_eq!(add(&team, &team.mia, body.clone()).await.ok()["note"], note);
    assert_eq!(team.send(&team.mia, body.clone()).await["id"], sent["id"]);
    let other = json!({ "body": "y", "client_message_id": id });
    add(&team, &team.mia, other).await.refused(409, "conflict");
    let other = json!({ "body": "x", "mentions": ["user_tom"], "client_message_id": id });
    add(&team, &team.mia, other).await.refused(409, "conflict");
    let toms = add(&team, &team.tom, body.clone()).await.ok()["note"].clone();
    assert_ne!(toms["id"], note["id"], "each author has names of their own");
    team.mia.put(&of(&note), json!({ "body": "z" })).await.ok();
    assert_eq!(add(&team, &team.mia, body.clone()).await.ok()["note"]["body"], "z");
    team.mia.delete(&of(&note)).await.ok();
    let again = add(&team, &team.mia, body).await.ok()["note"].clone();
    assert!(again["deleted_at"].is_string() && again["body"] == "");
}

#[tokio::test]
async fn a_note_changes_nothing_for_the_member_and_no_status() {
    let team = Team::begin().await;
    team.change(json!({ "status": "closed" })).await;
    let before = (team.as_customer().await, team.customer.messages(&team.hash).await);
    add(&team, &team.mia, json!({ "body": "x" })).await.ok();
    assert_eq!((team.as_customer().await, team.customer.messages(&team.hash).await), before);
    assert_eq!(team.channel().await["status"], "closed");
    assert_eq!(team.channel().await["unread_count"], 1);
}
