//! Replace the shop's labels.

use axum::Json;
use domain::{Label, LabelList, MAX_LABELS, Validation};
use http::{Admin, ApiError, AppState, Body, Fields, FromFields, Refusals, in_entry};
use utoipa::ToSchema;

use super::LabelsAnswer;

/// The name of the list in [`PutLabels`].
const LABELS: &str = "labels";

/// The shop's labels: all of them, in their order.
#[derive(Debug, ToSchema)]
pub struct PutLabels {
    /// At most 100.
    #[schema(max_items = 100)]
    labels: Vec<LabelEntry>,
    /// The version that the caller has read.
    #[schema(minimum = 0)]
    version: u64,
}

/// One of the shop's labels.
#[derive(Debug, ToSchema)]
pub struct LabelEntry {
    /// Its name in channels and filters; each may occur once.
    #[schema(pattern = "^[a-z0-9-]{1,32}$", example = "return")]
    slug: String,
    /// The name that staff sees, 1 to 40 characters.
    #[schema(min_length = 1, max_length = 40, example = "Return")]
    name: String,
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$", example = "#b45309")]
    color: String,
}

impl FromFields for LabelEntry {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let text = |field: &'static str| fields.text(field)?.ok_or(Validation::Required(field));
        Ok(Self { slug: text("slug")?, name: text("name")?, color: text("color")? })
    }
}

impl FromFields for PutLabels {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self {
            labels: fields.list(LABELS, MAX_LABELS)?.ok_or(Validation::Required(LABELS))?,
            version: fields.whole("version", 0)?.ok_or(Validation::Required("version"))?,
        })
    }
}

impl PutLabels {
    fn list(self) -> Result<LabelList, Validation> {
        let parse = |(index, entry): (usize, LabelEntry)| {
            Label::parse(&entry.slug, entry.name, &entry.color)
                .map_err(|error| in_entry(LABELS, index, error))
        };
        LabelList::new(self.labels.into_iter().enumerate().map(parse).collect::<Result<_, _>>()?)
    }
}

/// Replaces all of the shop's labels, unless they have changed since the caller read them. A label
/// that is left out stays on the channels that have it.
#[utoipa::path(
    put, path = "", operation_id = "put_labels",
    request_body = PutLabels,
    responses((status = 200, body = LabelsAnswer), Refusals)
)]
pub async fn replace(
    app: AppState,
    _: Admin,
    Body(request): Body<PutLabels>,
) -> Result<Json<LabelsAnswer>, ApiError> {
    let version = request.version;
    let list = request.list()?;
    let version = app.store.put_labels(&list, version, &app.event_id()?).await?;
    Ok(Json(LabelsAnswer::new(&list, version)))
}
