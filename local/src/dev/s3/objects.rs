//! The objects of the bucket, with the lifecycle rule of `template.yaml`.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use axum::body::Bytes;
use blobs::{NEW_DAYS, NEW_TAG};
use data_encoding::HEXLOWER;
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const DAY_MS: i64 = 86_400_000;

/// What is known of an object besides its content.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) key: String,
    pub(super) content_type: String,
    pub(super) tags: Vec<(String, String)>,
    pub(super) etag: String,
    pub(super) size: u64,
    pub(super) modified: Timestamp,
}

/// All objects by their keys.
pub(super) struct Objects {
    all: BTreeMap<String, Object>,
    contents: Contents,
}

/// Where the contents are.
enum Contents {
    Memory(HashMap<String, Bytes>),
    /// A file for each object: a line of JSON, then the content.
    Folder(PathBuf),
}

impl Object {
    /// A mail that SES stores.
    pub(super) fn mail(key: String, raw: &[u8], now: Timestamp) -> Self {
        Self {
            key,
            content_type: "application/octet-stream".to_owned(),
            tags: Vec::new(),
            etag: HEXLOWER.encode(&Sha256::digest(raw)),
            size: raw.len() as u64,
            modified: now,
        }
    }
}

impl Objects {
    pub(super) fn open(folder: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(folder) = folder else {
            return Ok(Self { all: BTreeMap::new(), contents: Contents::Memory(HashMap::new()) });
        };
        fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be created", folder.display()))?;
        let mut all = BTreeMap::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some() {
                // Of a process that was killed while it wrote.
                fs::remove_file(&path)?;
                continue;
            }
            let (object, _) =
                read(&path).with_context(|| format!("{} holds no object", path.display()))?;
            all.insert(object.key.clone(), object);
        }
        Ok(Self { all, contents: Contents::Folder(folder) })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Object> {
        self.all.values()
    }

    pub(super) fn get(&self, key: &str) -> Option<&Object> {
        self.all.get(key)
    }

    pub(super) fn content(&self, key: &str) -> io::Result<Bytes> {
        match &self.contents {
            Contents::Memory(contents) => Ok(contents.get(key).cloned().unwrap_or_default()),
            Contents::Folder(folder) => Ok(read(&folder.join(file_name(key)))?.1),
        }
    }

    /// Stores an object. It is complete or absent, whenever the process ends.
    pub(super) fn put(&mut self, object: Object, content: Bytes) -> io::Result<()> {
        match &mut self.contents {
            Contents::Memory(contents) => {
                contents.insert(object.key.clone(), content);
            }
            Contents::Folder(folder) => write(folder, &object, &content)?,
        }
        self.all.insert(object.key.clone(), object);
        Ok(())
    }

    pub(super) fn remove_tags(&mut self, key: &str) -> io::Result<()> {
        let Some(object) = self.all.get(key) else { return Ok(()) };
        let object = Object { tags: Vec::new(), ..object.clone() };
        let content = self.content(key)?;
        self.put(object, content)
    }

    pub(super) fn delete(&mut self, key: &str) -> io::Result<()> {
        if self.all.remove(key).is_none() {
            return Ok(());
        }
        match &mut self.contents {
            Contents::Memory(contents) => {
                contents.remove(key);
            }
            Contents::Folder(folder) => {
                fs::remove_file(folder.join(file_name(key)))?;
                File::open(folder)?.sync_all()?;
            }
        }
        Ok(())
    }

    pub(super) fn expire(&mut self, now: Timestamp) -> io::Result<()> {
        let is_over = |object: &&Object| {
            let is_new =
                object.tags.iter().any(|(name, value)| format!("{name}={value}") == NEW_TAG);
            let is_mail = object.key.starts_with(inbound::FOLDER);
            (is_new || is_mail) && expires_at(object.modified) <= now
        };
        let expired: Vec<_> = self.all().filter(is_over).map(|object| object.key.clone()).collect();
        expired.iter().try_for_each(|key| self.delete(key))
    }
}

/// When S3 deletes a new object, or a mail: at the first midnight in UTC after the rules' days,
/// which are the same.
fn expires_at(modified: Timestamp) -> Timestamp {
    let end = modified.millis() + i64::from(NEW_DAYS) * DAY_MS;
    Timestamp::from_millis(end + (DAY_MS - end.rem_euclid(DAY_MS)) % DAY_MS)
}

/// Keys are longer than names of files may be, and have other characters.
fn file_name(key: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(key.as_bytes()))
}

fn read(path: &Path) -> io::Result<(Object, Bytes)> {
    let all = Bytes::from(fs::read(path)?);
    let end = all.iter().position(|byte| *byte == b'\n').unwrap_or(all.len());
    let object = serde_json::from_slice(all.get(..end).unwrap_or_default())?;
    Ok((object, all.slice((end + 1).min(all.len())..)))
}

fn write(folder: &Path, object: &Object, content: &[u8]) -> io::Result<()> {
    let path = folder.join(file_name(&object.key));
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec(object)?)?;
    file.write_all(b"\n")?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&new, &path)?;
    File::open(folder)?.sync_all()
}
