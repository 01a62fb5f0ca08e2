//! Files: what a client does to send one.

use serde_json::{Value, json};

use crate::client::{Client, Reply};

/// The smallest picture.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0";

impl Client {
    /// Announces a file of this content.
    pub async fn announce(&self, hash: &str, name: &str, kind: &str, bytes: &[u8]) -> Reply {
        let size = bytes.len();
        let file =
            json!({ "channel_hash": hash, "name": name, "content_type": kind, "size": size });
        self.post(&self.path("files"), file).await
    }

    /// Completes the upload of a file.
    pub async fn complete(&self, id: &str) -> Reply {
        self.post(&self.path(&format!("files/{id}")), json!({})).await
    }

    /// Announces, uploads and completes a file; returns its id.
    pub async fn upload(&self, hash: &str, name: &str, kind: &str, bytes: &[u8]) -> String {
        let announced = self.announce(hash, name, kind, bytes).await.ok();
        assert_eq!(put(&announced["upload"], bytes).await, 200);
        let id = announced["file"]["id"].as_str().expect("an id").to_owned();
        assert_eq!(self.complete(&id).await.ok()["file"]["state"], "ready");
        id
    }

    /// Uploads the smallest picture; returns its id.
    pub async fn picture(&self, hash: &str) -> String {
        self.upload(hash, "teapot.png", "image/png", PNG).await
    }

    /// Sends a message with these files and without a text.
    pub async fn send_files(&self, hash: &str, ids: &[&str]) -> Reply {
        self.post(&self.path(&format!("messages/{hash}")), json!({ "attachments": ids })).await
    }
}

/// Uploads these bytes as a browser does; returns the status.
pub async fn put(upload: &Value, bytes: &[u8]) -> u16 {
    let url = upload["url"].as_str().expect("a URL");
    let mut request = reqwest::Client::new().put(url).body(bytes.to_vec());
    for (name, value) in upload["headers"].as_object().expect("headers") {
        request = request.header(name, value.as_str().expect("a header"));
    }
    request.send().await.expect("a response").status().as_u16()
}
