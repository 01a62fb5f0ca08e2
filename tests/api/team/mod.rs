//! Working as a team: the staff's work on a conversation (docs/api.md, "Working as a team").

mod labels;
mod log;
mod notes;
mod queues;
mod rating;
mod status;
mod unread;

use harness::{Client, Shop};
use serde_json::{Value, json};

/// A shop with a team of two and one customer with a question.
struct Team {
    shop: Shop,
    customer: Client,
    mia: Client,
    tom: Client,
    hash: String,
}

impl Team {
    async fn begin() -> Self {
        let shop = Shop::open().await;
        let customer = shop.customer("cus_1");
        let (mia, tom) = (shop.admin("user_mia"), shop.admin("user_tom"));
        for (admin, name) in [(&mia, "Mia"), (&tom, "Tom")] {
            admin.put("/admin/chat/profile", json!({ "first_name": name })).await.ok();
        }
        let labels = ["return", "vip"].map(label);
        let labels = json!({ "labels": labels, "version": 0 });
        mia.put("/admin/chat/labels", labels).await.ok();
        let hash = customer.open().await;
        customer.say(&hash, "one").await;
        shop.settle().await;
        Self { shop, customer, mia, tom, hash }
    }

    fn path(&self) -> String {
        format!("/admin/chat/channels/{}", self.hash)
    }

    /// Changes the channel's work as Mia.
    async fn change(&self, body: Value) -> Value {
        self.mia.put(&self.path(), body).await.ok()["channel"].clone()
    }

    /// The channel as Mia sees it.
    async fn channel(&self) -> Value {
        self.mia.get(&self.path()).await.ok()["channel"].clone()
    }

    /// The channel as the customer sees it.
    async fn as_customer(&self) -> Value {
        let path = format!("/store/chat/channels/{}", self.hash);
        self.customer.get(&path).await.ok()["channel"].clone()
    }

    /// The entries of the staff's log, which has no gap.
    async fn log(&self) -> Vec<Value> {
        let log = self.mia.get(&format!("{}/log", self.path())).await.ok();
        let entries = log["entries"].as_array().unwrap().clone();
        let seqs: Vec<_> =
            entries.iter().map(|entry| entry["staff_seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, (1..=entries.len() as u64).collect::<Vec<_>>());
        assert_eq!((&log["staff_seq"], &log["has_more"]), (&json!(entries.len()), &json!(false)));
        entries
    }

    /// The kinds in the staff's log.
    async fn kinds(&self) -> Vec<String> {
        self.log().await.iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// A time to come, in ISO 8601.
    fn later(&self, seconds: i64) -> String {
        self.shop.running.app.clock.now().plus_millis(seconds * 1_000).to_string()
    }

    /// The counts as Mia sees them.
    async fn counts(&self) -> Value {
        self.shop.settle().await;
        self.mia.get("/admin/chat/counts").await.ok()["counts"].clone()
    }

    /// Sends as this admin.
    async fn send(&self, admin: &Client, body: Value) -> Value {
        let path = format!("/admin/chat/messages/{}", self.hash);
        admin.post(&path, body).await.ok()["message"].clone()
    }
}

fn label(slug: &str) -> Value {
    json!({ "slug": slug, "name": slug.to_uppercase(), "color": "#b45309" })
}
