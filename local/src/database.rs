//! The embedded DynamoDB. It runs on its own thread and serves loopback HTTP, so that the real SDK
//! can be used.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
    TimeToLiveSpecification,
};
use dynoxide::Database;
use store::{Layout, TABLES, TableSchema};
use tokio::sync::oneshot;

use crate::Data;

/// The database and its URL. Dropping it stops the server.
pub struct Embedded {
    pub(crate) db: Database,
    pub(crate) url: String,
    _stop: oneshot::Sender<()>,
}

/// Opens the database and serves it.
pub(crate) fn open(data: &Data) -> anyhow::Result<Embedded> {
    let db = match data {
        Data::Memory => Database::memory()?,
        Data::Folder(folder) => {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("the folder {} cannot be created", folder.display()))?;
            let file = file_of_layout(folder)?;
            let db = Database::new(file.to_str().context("the data folder's name is not UTF-8")?)?;
            // Leaves SQLite at `synchronous = NORMAL`: eight times as fast, and no committed write
            // is lost when the process is killed.
            db.enable_bulk_loading()?;
            db.disable_bulk_loading()?;
            db
        }
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let served = db.clone();
    std::thread::Builder::new().name("dynamodb".to_owned()).spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        match runtime {
            Ok(runtime) => {
                let served = runtime.block_on(async {
                    let listener = tokio::net::TcpListener::from_std(listener)
                        .map_err(|error| error.to_string())?;
                    let stopped = async {
                        let _ = stopped.await;
                    };
                    dynoxide::server::serve_with_shutdown(listener, served, stopped).await
                });
                if let Err(error) = served {
                    tracing::error!("the embedded database stopped: {error}");
                }
            }
            Err(error) => tracing::error!("the embedded database has no runtime: {error}"),
        }
    })?;
    Ok(Embedded { db, url, _stop: stop })
}

/// The database file of this layout. An older database in the folder is kept next to it.
fn file_of_layout(folder: &Path) -> anyhow::Result<PathBuf> {
    let file = folder.join(format!("chat-{}.db", store::LAYOUT));
    let mut others = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_database = Path::new(&name).extension().is_some_and(|extension| extension == "db");
        if name.starts_with("chat") && is_database {
            others.push(name);
        }
    }
    if !others.is_empty() && !file.exists() {
        tracing::warn!(
            "{} has data of an older layout ({}), which this version cannot read: \
             it begins a new database in {}",
            folder.display(),
            others.join(", "),
            file.display()
        );
    }
    Ok(file)
}

/// Deletes expired items every 30 seconds, as DynamoDB's time to live does.
pub(crate) async fn expire_items(db: Database) {
    loop {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let db = db.clone();
        let _ = tokio::task::spawn_blocking(move || db.sweep_ttl()).await;
    }
}

/// Creates the missing tables of `store::TABLES`.
pub async fn create_tables(client: &Client, layout: &Layout) -> anyhow::Result<()> {
    let existing = client.list_tables().send().await?.table_names.unwrap_or_default();
    for (schema, name) in TABLES.iter().zip([&layout.chat_table, &layout.ephemeral_table]) {
        if !existing.contains(name) {
            create_table(client, schema, name).await.with_context(|| format!("table {name}"))?;
        }
    }
    Ok(())
}

async fn create_table(client: &Client, schema: &TableSchema, name: &str) -> anyhow::Result<()> {
    let mut indexes = Vec::new();
    for index in schema.indexes {
        let keys = key_schema(index.hash.0, index.range.map(|(name, _)| name))?;
        let included = index.included.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let projection = Projection::builder()
            .projection_type(if included.is_empty() {
                ProjectionType::KeysOnly
            } else {
                ProjectionType::Include
            })
            .set_non_key_attributes((!included.is_empty()).then_some(included))
            .build();
        indexes.push(
            GlobalSecondaryIndex::builder()
                .index_name(index.name)
                .set_key_schema(Some(keys))
                .projection(projection)
                .build()?,
        );
    }
    let definition = |(name, kind): (&str, store::KeyType)| {
        let kind = match kind {
            store::KeyType::Text => ScalarAttributeType::S,
            store::KeyType::Number => ScalarAttributeType::N,
        };
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
    };
    let definitions =
        schema.key_attributes().into_iter().map(definition).collect::<Result<Vec<_>, _>>()?;
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()?;
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(definitions))
        .set_key_schema(Some(key_schema("pk", Some("sk"))?))
        .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
        .set_stream_specification(schema.stream.then_some(stream))
        .send()
        .await?;
    if let Some(attribute) = schema.ttl {
        let ttl =
            TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true).build()?;
        client
            .update_time_to_live()
            .table_name(name)
            .time_to_live_specification(ttl)
            .send()
            .await?;
    }
    Ok(())
}

fn key_schema(hash: &str, range: Option<&str>) -> anyhow::Result<Vec<KeySchemaElement>> {
    let element =
        |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let mut keys = vec![element(hash, KeyType::Hash)?];
    if let Some(range) = range {
        keys.push(element(range, KeyType::Range)?);
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_an_older_layout_stays_where_it_is() {
        let folder = std::env::temp_dir().join(format!("chat-layout-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("chat.db"), "older").expect("a file");
        let file = file_of_layout(&folder).expect("a name");
        assert_eq!(file, folder.join(format!("chat-{}.db", store::LAYOUT)));
        assert_eq!(std::fs::read_to_string(folder.join("chat.db")).expect("a file"), "older");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
