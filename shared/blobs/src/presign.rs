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
