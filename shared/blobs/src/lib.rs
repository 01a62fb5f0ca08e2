//! The bytes of files, in one private bucket of S3 under `files/<file id>`, and the mails that SES
//! stores in another.
//!
//! Every request is a presigned URL: browsers call some of them, this crate the others, through the
//! HTTP client of the SDK. So there is one way to sign. S3's own SDK client would add 1.5 MB.
//!
//! An upload carries the tag `state=new`. The bucket deletes objects with that tag after some days,
//! unless [`Blobs::keep`] removes it when a message takes the file.

mod calls;
mod presign;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::aws::Limits;
use app::{App, Clock, aws};
use aws_types::SdkConfig;

use calls::Calls;
use presign::Signer;

/// How long an upload may begin after it was announced.
pub const UPLOAD_TIME: Duration = Duration::from_mins(15);
/// How long a link to a file's bytes is valid.
pub const LINK_TIME: Duration = Duration::from_mins(5);
/// How long our own requests are valid: longer than all attempts of one take.
const CALL_TIME: Duration = Duration::from_mins(1);
/// The tag of an object that no message has taken.
pub const NEW_TAG: &str = "state=new";
/// Days after which the bucket deletes an object with that tag, at the next midnight in UTC: so no
/// unused file is older than eight days, and each can be sent for seven.
pub const NEW_DAYS: u16 = 7;

/// The bucket of files. Cheap to clone.
#[derive(Clone)]
pub struct Blobs(Arc<Inner>);

struct Inner {
    /// The bucket's address, without a slash at the end.
    bucket: String,
    /// The start of all keys.
    folder: &'static str,
    signer: Signer,
    calls: Calls,
    clock: Clock,
}

/// A request that a browser makes to upload a file: these bytes, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// `PUT`
    pub method: &'static str,
    /// The presigned URL.
    pub url: String,
    /// The headers that the request must have, by their lower-case names. Browsers set
    /// `content-length` themselves, so it is not among them.
    pub headers: BTreeMap<&'static str, String>,
    /// Seconds until the URL expires.
    pub expires_in: u64,
}

/// How a browser treats a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition<'a> {
    /// It shows it.
    Inline,
    /// It stores it under this name.
    Attachment(&'a str),
}

/// An object and the beginning of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The object's length, in bytes.
    pub size: u64,
    /// The first bytes, as many as were requested and exist.
    pub bytes: Vec<u8>,
}

/// Why a call of S3 failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// S3 gave no answer within all attempts. A later call may succeed.
    #[error("S3 is unavailable: {0}")]
    Unavailable(String),
    /// S3 refused the request: with this status and error code.
    #[error("S3 refused a request: {status} {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The code in the response, as `AccessDenied`.
        code: String,
    },
    /// The object is longer than the caller's limit.
    #[error("the object is too long")]
    TooLong,
    /// A request cannot be signed: a defect of ours, or of the configuration.
    #[error("a request to S3 cannot be signed: {0}")]
    Signing(String),
}

impl Blobs {
    /// The bucket with this application's configuration, if it has one.
    pub fn of(app: &App) -> Option<Self> {
        Some(Self::new(app, app.config.files.bucket.as_deref()?, FOLDER, aws::SERVICE))
    }

    /// The objects of a folder of any bucket, by their names in it, for calls with whole objects.
    /// The folder ends with a slash.
    pub fn in_bucket(app: &App, bucket: &str, folder: &'static str) -> Self {
        Self::new(app, bucket, folder, aws::BULK)
    }

    fn new(app: &App, bucket: &str, folder: &'static str, limits: Limits) -> Self {
        let aws = &app.config.aws;
        let sdk = aws.sdk(aws.endpoints.s3.as_deref(), limits);
        Self(Arc::new(Inner {
            bucket: address(bucket, &sdk),
            folder,
            signer: Signer::new(aws.credentials(), aws.region.clone()),
            calls: Calls::new(&sdk),
            clock: app.clock.clone(),
        }))
    }

    /// The scheme and authority of the bucket's address, which pages with a content security policy
    /// must allow.
    pub fn origin(&self) -> &str {
        app::origin_of(&self.0.bucket)
    }

    /// The request that uploads exactly `size` bytes of this type as this file, unless it exists.
    pub fn upload(&self, id: &str, content_type: &str, size: u64) -> Result<Upload, Error> {
        let size = size.to_string();
        let headers =
            [("content-type", content_type), ("if-none-match", "*"), ("x-amz-tagging", NEW_TAG)];
        let mut signed = headers.to_vec();
        signed.push(("content-length", &size));
        let url = self.presign("PUT", &self.object(id, &[]), &signed, UPLOAD_TIME)?;
        let headers = headers.map(|(name, value)| (name, value.to_owned())).into();
        Ok(Upload { method: "PUT", url, headers, expires_in: UPLOAD_TIME.as_secs() })
    }

    /// Stores a file, unless it exists. Like an upload it is deleted after some days, unless it is
    /// kept.
    pub async fn put(&self, id: &str, content_type: &str, bytes: Vec<u8>) -> Result<(), Error> {
        let Upload { url, headers, .. } = self.upload(id, content_type, bytes.len() as u64)?;
        self.0.calls.put(url, headers, bytes).await
    }

    /// A link to a file's bytes, which S3 serves as of this type.
    pub fn link(
        &self,
        id: &str,
        disposition: Disposition<'_>,
        content_type: &str,
    ) -> Result<String, Error> {
        let url = self.object(
            id,
            &[
                ("response-cache-control", "private, max-age=240"),
                ("response-content-disposition", &disposition.header()),
                ("response-content-type", content_type),
            ],
        );
        self.presign("GET", &url, &[], LINK_TIME)
    }

    /// The size and the first bytes of a file; `None` if it does not exist.
    pub async fn head(&self, id: &str, first_bytes: usize) -> Result<Option<Head>, Error> {
        let url = self.presign("GET", &self.object(id, &[]), &[], CALL_TIME)?;
        self.0.calls.read(url, first_bytes).await
    }

    /// The whole content of a file; `None` if it does not exist. Fails if it has more than `limit`
    /// bytes.
    pub async fn whole(&self, id: &str, limit: usize) -> Result<Option<Vec<u8>>, Error> {
        match self.head(id, limit).await? {
            Some(head) if head.size > head.bytes.len() as u64 => Err(Error::TooLong),
            head => Ok(head.map(|head| head.bytes)),
        }
    }

    /// Keeps a file for good. Does nothing if it does not exist, or if it is kept already.
    pub async fn keep(&self, id: &str) -> Result<(), Error> {
        let url = self.presign("DELETE", &self.object(id, &[("tagging", "")]), &[], CALL_TIME)?;
        self.0.calls.delete(url).await
    }

    /// Deletes a file. Does nothing if it does not exist.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        let url = self.presign("DELETE", &self.object(id, &[]), &[], CALL_TIME)?;
        self.0.calls.delete(url).await
    }

    /// The ids of at most 1,000 files that follow this one, in order.
    pub async fn list(&self, after: Option<&str>) -> Result<Vec<String>, Error> {
        let after = after.map(|id| format!("{FOLDER}{id}")).unwrap_or_default();
        let query = [("list-type", "2"), ("prefix", FOLDER), ("start-after", &after)];
        let url = format!("{}/{}", self.0.bucket, query_of(&query));
        let page = self.0.calls.page(self.presign("GET", &url, &[], CALL_TIME)?).await?;
        Ok(keys(&page).filter_map(|key| key.strip_prefix(FOLDER)).map(str::to_owned).collect())
    }

    /// The address of a file's object, with this query.
    fn object(&self, id: &str, query: &[(&str, &str)]) -> String {
        let Inner { bucket, folder, .. } = &*self.0;
        format!("{bucket}/{folder}{}{}", presign::encode(id), query_of(query))
    }

    fn presign(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        valid: Duration,
    ) -> Result<String, Error> {
        self.0.signer.presign(method, url, headers, valid, self.0.clock.now())
    }
}

/// Where files are in the bucket.
pub const FOLDER: &str = "files/";

/// The bucket's address: a host of its own in AWS, a folder of an endpoint that replaces it.
fn address(bucket: &str, sdk: &SdkConfig) -> String {
    let region = sdk.region().map(AsRef::as_ref).unwrap_or_default();
    match sdk.endpoint_url() {
        Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
        None if region.starts_with("cn-") => {
            format!("https://{bucket}.s3.{region}.amazonaws.com.cn")
        }
        None => format!("https://{bucket}.s3.{region}.amazonaws.com"),
    }
}

/// A query string with its question mark; nothing if there are no parameters.
fn query_of(parameters: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in parameters {
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(name);
        query.push('=');
        query.push_str(&presign::encode(value));
    }
    query
}

/// The keys in a page of `ListObjectsV2`. Ours have no character that XML escapes.
fn keys(page: &str) -> impl Iterator<Item = &str> {
    page.split("<Key>").skip(1).filter_map(|rest| Some(rest.split_once("</Key>")?.0))
}

impl Disposition<'_> {
    /// The value of `Content-Disposition`.
    fn header(&self) -> String {
        match self {
            Self::Inline => "inline".to_owned(),
            Self::Attachment(name) => {
                format!("attachment; filename*=UTF-8''{}", presign::encode(name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_types::region::Region;

    use super::*;

    #[test]
    fn a_bucket_has_a_host_of_its_own_or_a_folder_of_an_endpoint() {
        let address = |region: &'static str, endpoint: Option<&str>| {
            let mut sdk = SdkConfig::builder().region(Region::new(region));
            sdk.set_endpoint_url(endpoint.map(str::to_owned));
            address("shop-files-1", &sdk.build())
        };
        assert_eq!(
            address("eu-central-1", None),
            "https://shop-files-1.s3.eu-central-1.amazonaws.com"
        );
        assert_eq!(
            address("cn-north-1", None),
            "https://shop-files-1.s3.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(
            address("local-1", Some("http://127.0.0.1:9100/dev/s3/")),
            "http://127.0.0.1:9100/dev/s3/shop-files-1"
        );
    }

    #[test]
    fn a_name_cannot_leave_the_header() {
        let name = "a\"; filename=x.html\r\né.txt";
        assert_eq!(
            Disposition::Attachment(name).header(),
            "attachment; filename*=UTF-8''a%22%3B%20filename%3Dx.html%0D%0A%C3%A9.txt"
        );
        assert_eq!(
            query_of(&[("list-type", "2"), ("prefix", "a/b&c")]),
            "?list-type=2&prefix=a%2Fb%26c"
        );
    }

    #[test]
    fn keys_are_read_from_a_page() {
        let page = "<ListBucketResult><KeyCount>2</KeyCount><Contents><Key>files/a</Key>\
                    </Contents><Contents><Key>files/b</Key></Contents></ListBucketResult>";
        assert_eq!(keys(page).collect::<Vec<_>>(), ["files/a", "files/b"]);
        assert_eq!(keys("<Key>cut").count(), 0);
    }
}
