//! Recounts a channel from its log and its messages.

use harness::{Client, Shop, pluck};
use serde_json::Value;

/// A recount of a channel.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recount {
    /// The bodies of all messages that are not deleted, in order.
    pub bodies: Vec<String>,
    /// How many of them the member's side wrote.
    pub by_member: u64,
    /// How many the staff wrote.
    pub by_staff: u64,
}

/// Reads the whole log and all messages of a channel and checks them: no gap, no duplicate, rising
/// times, and counts of the head that equal the recount.
pub async fn audit(shop: &Shop, hash: &str) -> Recount {
    let admin = shop.admin("user_auditor");
    let log = whole_log(&admin, hash).await;
    let seqs: Vec<u64> = log.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=log.len() as u64).collect::<Vec<_>>(), "{hash}: the log has a gap");
    let mut ids: Vec<&str> = log.iter().map(|event| event["event_id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), log.len(), "{hash}: an event appears twice");

    let created: Vec<&Value> =
        log.iter().filter(|event| event["event"] == "chat.message.created").collect();
    let times: Vec<&str> = created.iter().map(|event| event["ts"].as_str().unwrap()).collect();
    assert!(
        times.windows(2).all(|pair| pair[0] < pair[1]),
        "{hash}: created_at does not rise: {times:?}"
    );
    let mut client_ids: Vec<String> = created
        .iter()
        .map(|event| &event["payload"]["message"])
        .filter_map(|message| {
            Some(format!("{} {}", message["sender_role"], message["client_message_id"].as_str()?))
        })
        .collect();
    let all = client_ids.len();
    client_ids.sort();
    client_ids.dedup();
    assert_eq!(client_ids.len(), all, "{hash}: a client id appears twice");

    let messages =
        admin.get(&format!("/admin/chat/messages/{hash}?limit=100&with_deleted=true")).await.ok();
    if created.len() <= 100 {
        assert_eq!(
            pluck(&messages["messages"], "seq"),
            created.iter().map(|event| event["seq"].clone()).collect::<Vec<_>>()
        );
    }
    let live: Vec<&Value> = created
        .iter()
        .map(|event| &event["payload"]["message"])
        .filter(|message| message["deleted_at"].is_null())
        .collect();
    // The shop's automatic messages are on the staff's side.
    let is_of_staff = |message: &Value| {
        ["admin", "system"].contains(&message["sender_role"].as_str().unwrap_or_default())
    };
    let by =
        |staff: bool| live.iter().filter(|message| is_of_staff(message) == staff).count() as u64;
    let recount = Recount {
        bodies: live.iter().map(|message| message["body"].as_str().unwrap().to_owned()).collect(),
        by_member: by(false),
        by_staff: by(true),
    };

    let head = shop
        .running
        .app
        .store
        .channel(
            &domain::ChannelHash::parse(hash).unwrap(),
            &domain::Principal::Admin(domain::ActorId::parse("user_x").unwrap()),
        )
        .await
        .expect("a head");
    assert_eq!(
        (head.live_customer, head.live_staff),
        (recount.by_member, recount.by_staff),
        "{hash}: the head's counts"
    );
    assert_eq!(head.last_seq, log.len() as u64, "{hash}: the head's last seq");
    let newest = head.newest.as_ref().map(domain::Newest::seq);
    assert_eq!(
        newest,
        live.last().map(|message| message["seq"].as_u64().unwrap()),
        "{hash}: the head's newest message"
    );
    // A deleted answer still counts as an answer, and an automatic message never does.
    let messages: Vec<&Value> = created.iter().map(|event| &event["payload"]["message"]).collect();
    let asked =
        messages.rsplit(|message| message["sender_role"] == "admin").next().unwrap_or_default();
    let oldest = asked
        .iter()
        .find(|message| message["deleted_at"].is_null() && message["sender_role"] != "system")
        .map(|message| message["created_at"].as_str().unwrap());
    assert_eq!(
        head.unanswered_since.map(|at| at.to_string()).as_deref(),
        oldest,
        "{hash}: the head's unanswered_since"
    );
    recount
}

/// All events of a channel.
pub async fn whole_log(admin: &Client, hash: &str) -> Vec<Value> {
    let mut log: Vec<Value> = Vec::new();
    loop {
        let after = log.last().map_or(0, |event| event["seq"].as_u64().unwrap());
        let page =
            admin.get(&format!("/admin/chat/channels/{hash}/events?after={after}")).await.ok();
        log.extend(page["events"].as_array().unwrap().iter().cloned());
        if page["has_more"] == false {
            return log;
        }
    }
}
