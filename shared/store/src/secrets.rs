//! The chat's own secret.

use aws_sdk_dynamodb::types::ReturnValue;

use crate::Store;
use crate::db::text;
use crate::error::{Error, classify};
use crate::keys;

impl Store {
    /// The key from which our own secrets are derived: made at its first use, and never changed.
    pub async fn master_key(&self, fresh: [u8; 32]) -> Result<Vec<u8>, Error> {
        let update = self
            .db()
            .update_item()
            .table_name(&self.layout().chat_table)
            .set_key(Some(keys::master().item()))
            .update_expression("SET master = if_not_exists(master, :fresh)")
            .expression_attribute_values(":fresh", text(&data_encoding::BASE64.encode(&fresh)))
            .return_values(ReturnValue::AllNew);
        let item = update.send().await.map_err(classify)?.attributes.unwrap_or_default();
        let encoded = item.get("master").and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
        let key = data_encoding::BASE64.decode(encoded.as_bytes()).unwrap_or_default();
        if key.len() == fresh.len() {
            Ok(key)
        } else {
            Err(Error::Defect("the master key cannot be read", encoded.len().to_string().into()))
        }
    }
}
