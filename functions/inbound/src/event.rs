//! The bucket's event: objects that SES has created.

use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// The folder of the bucket into which SES stores mails.
pub const FOLDER: &str = "in/";

/// The event. S3's test event has no records.
#[derive(Debug, Default, Deserialize)]
pub struct Event {
    #[serde(rename = "Records", default)]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
struct Record {
    s3: Entity,
}

#[derive(Debug, Deserialize)]
struct Entity {
    bucket: Bucket,
    object: Object,
}

#[derive(Debug, Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Object {
    key: String,
}

/// A mail in the bucket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) bucket: String,
    /// Its name in the folder: SES's id of the mail.
    pub(crate) id: String,
}

impl Event {
    /// The event of one mail.
    pub fn of(bucket: &str, id: &str) -> Self {
        let object = Object { key: format!("{FOLDER}{id}") };
        Self {
            records: vec![Record {
                s3: Entity { bucket: Bucket { name: bucket.to_owned() }, object },
            }],
        }
    }

    /// The mails. SES also writes an object of its own into the folder, when the rule is made.
    pub(crate) fn mails(self) -> impl Iterator<Item = Stored> {
        self.records.into_iter().filter_map(|record| {
            // Keys are encoded as in a form.
            let key = record.s3.object.key.replace('+', " ");
            let key = percent_decode_str(&key).decode_utf8().ok()?;
            let id = key.strip_prefix(FOLDER)?;
            let is_mail = !id.is_empty() && id != "AMAZON_SES_SETUP_NOTIFICATION";
            is_mail.then(|| Stored { bucket: record.s3.bucket.name.clone(), id: id.to_owned() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_name_mails() {
        let mails: Vec<_> = Event::of("bucket", "a1%2Bb+c").mails().collect();
        assert_eq!(mails, [Stored { bucket: "bucket".to_owned(), id: "a1+b c".to_owned() }]);
        for other in ["", "AMAZON_SES_SETUP_NOTIFICATION"] {
            assert_eq!(Event::of("bucket", other).mails().count(), 0, "{other}");
        }
        assert_eq!(Event::default().mails().count(), 0);
    }
}
