//! Presigned URLs of S3: Signature Version 4 in the query.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use domain::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Error;

/// What Signature Version 4 encodes: all but letters, digits and `-._~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Signs with the function's credentials.
pub(crate) struct Signer {
    identity: Identity,
    region: String,
}

impl Signer {
    pub(crate) fn new(credentials: impl Into<Identity>, region: String) -> Self {
        Self { identity: credentials.into(), region }
    }

    /// The URL with a signature. A request must have these headers, named in lower case, with
    /// exactly these values.
    pub(crate) fn presign(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        valid: Duration,
        now: Timestamp,
    ) -> Result<String, Error> {
        let failed = |error: &dyn std::error::Error| Error::Signing(error.to_string());
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(valid);
        // Unlike other services, S3 takes the path as it is.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let millis = u64::try_from(now.millis()).unwrap_or_default();
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .settings(settings)
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let body = SignableBody::UnsignedPayload;
        let request = SignableRequest::new(method, url, headers.iter().copied(), body)
            .map_err(|error| failed(&error))?;
        let (signed, _) = sign(request, &params).map_err(|error| failed(&error))?.into_parts();
        let mut url = url.to_owned();
        for (name, value) in signed.params() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(&encode(value));
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::Credentials;

    use super::*;

    fn signer(session: Option<&str>) -> Signer {
        let credentials = Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            session.map(str::to_owned),
            None,
            "test",
        );
        Signer::new(credentials, "us-east-1".to_owned())
    }

    fn now() -> Timestamp {
        Timestamp::parse("2013-05-24T00:00:00Z").expect("an instant")
    }

    const URL: &str = "https://examplebucket.s3.amazonaws.com/test.txt";
    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn the_example_in_the_documents_of_s3_is_signed_as_there() {
        let url = signer(None).presign("GET", URL, &[], DAY, now()).expect("a URL");
        assert_eq!(
            url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=\
             aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }

    #[test]
    fn a_signature_covers_method_headers_query_session_and_time() {
        let signature = |session, method, url: &str, headers: &[_], valid, now| {
            let url = signer(session).presign(method, url, headers, valid, now).expect("a URL");
            url.split_once("X-Amz-Signature=").expect("a signature").1.to_owned()
        };
        let header = [("content-length", "5")];
        let other = [("content-length", "6")];
        let query = format!("{URL}?tagging=");
        let later = now().plus_millis(1_000);
        let signatures = [
            signature(None, "GET", URL, &[], DAY, now()),
            signature(None, "PUT", URL, &[], DAY, now()),
            signature(None, "GET", URL, &header, DAY, now()),
            signature(None, "GET", URL, &other, DAY, now()),
            signature(None, "GET", &query, &[], DAY, now()),
            signature(None, "GET", URL, &[], DAY * 2, now()),
            signature(None, "GET", URL, &[], DAY, later),
            signature(Some("token"), "GET", URL, &[], DAY, now()),
        ];
        let different: std::collections::BTreeSet<_> = signatures.iter().collect();
        assert_eq!(different.len(), signatures.len());
    }
}
