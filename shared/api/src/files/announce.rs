//! Announce a file.

use app::{FilesConfig, random};
use axum::Json;
use domain::{
    Attachment, ChannelHash, File, FileId, FileName, FilesLimit, MAX_ALT, MediaType, Refusal,
    Validation,
};
use http::{ApiError, AppState, Body, Caller, Fields, FromFields, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Bucket, FileAnswer, Upload};

/// Most pixels of a side that a picture may claim.
const MAX_PIXELS: u64 = 65_535;

/// A file to upload.
#[derive(Debug, ToSchema)]
pub struct AnnounceFile {
    /// The channel whose message will have it.
    #[schema(example = "direct:admin:cus_1")]
    channel_hash: String,
    /// 1 to 255 characters without slashes, control and bidirectional characters.
    #[schema(min_length = 1, max_length = 255, example = "teapot.jpg")]
    name: String,
    /// One of the types that the shop accepts.
    #[schema(example = "image/jpeg")]
    content_type: String,
    /// In bytes. The upload must have exactly this size.
    #[schema(minimum = 1, example = 431_207)]
    size: u64,
    /// In pixels, for pictures, so that pages reserve their space. Like the height.
    #[schema(minimum = 1, maximum = 65_535)]
    width: Option<u32>,
    #[schema(minimum = 1, maximum = 65_535)]
    height: Option<u32>,
    /// What a picture shows, for people who do not see it.
    #[schema(max_length = 300)]
    alt: Option<String>,
}

impl FromFields for AnnounceFile {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let text = |field| fields.text(field)?.ok_or(Validation::Required(field));
        let pixels = |field| match fields.whole(field, 1)? {
            Some(pixels) if pixels > MAX_PIXELS => Err(Validation::TooBig(field, MAX_PIXELS)),
            pixels => Ok(pixels.and_then(|pixels| u32::try_from(pixels).ok())),
        };
        let alt = fields.text("alt")?.filter(|alt| !alt.trim().is_empty());
        if alt.as_ref().is_some_and(|alt| alt.chars().count() > MAX_ALT) {
            return Err(Validation::TooBig("alt", MAX_ALT as u64));
        }
        Ok(Self {
            channel_hash: text("channel_hash")?,
            name: text("name")?,
            content_type: text("content_type")?,
            size: fields.whole("size", 1)?.ok_or(Validation::Required("size"))?,
            width: pixels("width")?,
            height: pixels("height")?,
            alt,
        })
    }
}

impl AnnounceFile {
    /// The channel, and the file without its id.
    fn parse(
        self,
        id: [u8; 16],
        config: &FilesConfig,
    ) -> Result<(ChannelHash, Attachment), Refusal> {
        let name = FileName::parse(&self.name).ok_or(Validation::Form(
            "name",
            "1 to 255 characters without slashes, control and bidirectional characters, and not \
             . or ..",
        ))?;
        let kind = MediaType::parse(&self.content_type).filter(|kind| config.types.contains(kind));
        let kind = kind.ok_or(Validation::Form("content_type", "a type that this shop accepts"))?;
        if self.size > config.max_bytes {
            return Err(Validation::TooBig("size", config.max_bytes).into());
        }
        let hash = ChannelHash::parse(&self.channel_hash);
        let hash = hash.ok_or(Refusal::NoChannel(self.channel_hash))?;
        let attachment = Attachment {
            id: FileId::from_random(hash.key(), id),
            name: name.as_str().to_owned(),
            content_type: kind.as_str().to_owned(),
            size: self.size,
            width: self.width,
            height: self.height,
            alt: self.alt,
        };
        Ok((hash, attachment))
    }
}

/// `{file, upload}`
#[derive(Serialize, ToSchema)]
pub struct AnnouncedAnswer {
    #[serde(flatten)]
    file: FileAnswer,
    upload: Upload,
}

/// Announces a file for a message of one of the caller's channels, or of any for an admin, and
/// returns the request by which to upload it. Then complete it, and send a message with it.
#[utoipa::path(
    post, path = "", operation_id = "announce_file",
    request_body = AnnounceFile,
    responses((status = 200, body = AnnouncedAnswer), Refusals)
)]
pub async fn announce(
    app: AppState,
    Caller(caller): Caller,
    Bucket(bucket): Bucket,
    Body(request): Body<AnnounceFile>,
) -> Result<Json<AnnouncedAnswer>, ApiError> {
    let (config, now) = (&app.config.files, app.clock.now());
    let (hash, attachment) = request.parse(random()?, config)?;
    let file = File::announce(attachment, &caller, now);
    let limit = FilesLimit { per_hour: config.store_per_hour };
    app.store.announce_file(&hash, &caller, &file, limit, now).await?;
    let upload = bucket.upload(&file.attachment)?;
    Ok(Json(AnnouncedAnswer { file: FileAnswer::new(&file, None), upload }))
}
