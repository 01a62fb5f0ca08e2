//! Replace the canned answers.

use axum::Json;
use domain::{Canned, CannedList, MAX_CANNED, Validation};
use http::{Admin, ApiError, AppState, Body, Fields, FromFields, Refusals, in_entry};
use utoipa::ToSchema;

use super::CannedAnswer;

/// The name of the one field of [`PutCanned`].
const CANNED: &str = "canned";

/// The shop's canned answers: all of them, in their order.
#[derive(Debug, ToSchema)]
pub struct PutCanned {
    /// At most 100.
    #[schema(max_items = 100)]
    canned: Vec<CannedEntry>,
}

/// One of the shop's canned answers.
#[derive(Debug, ToSchema)]
pub struct CannedEntry {
    /// What is typed to get it. Stored in lower case; each may occur once.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,32}$", example = "hours")]
    shortcut: String,
    /// 1 to 5,000 characters, not blank.
    #[schema(min_length = 1, max_length = 5000, example = "We are here from 9 to 5.")]
    text: String,
}

impl FromFields for CannedEntry {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let text = |field: &'static str| fields.text(field)?.ok_or(Validation::Required(field));
        Ok(Self { shortcut: text("shortcut")?, text: text("text")? })
    }
}

impl FromFields for PutCanned {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self { canned: fields.list(CANNED, MAX_CANNED)?.ok_or(Validation::Required(CANNED))? })
    }
}

impl PutCanned {
    fn list(self) -> Result<CannedList, Validation> {
        let parse = |(index, entry): (usize, CannedEntry)| {
            Canned::parse(&entry.shortcut, entry.text)
                .map_err(|error| in_entry(CANNED, index, error))
        };
        CannedList::new(self.canned.into_iter().enumerate().map(parse).collect::<Result<_, _>>()?)
    }
}

/// Replaces all of the shop's canned answers. Of two concurrent calls the last one wins.
#[utoipa::path(
    put, path = "", operation_id = "put_canned",
    request_body = PutCanned,
    responses((status = 200, body = CannedAnswer), Refusals)
)]
pub async fn replace(
    app: AppState,
    _: Admin,
    Body(request): Body<PutCanned>,
) -> Result<Json<CannedAnswer>, ApiError> {
    let canned = request.list()?;
    app.store.put_canned(&canned).await?;
    Ok(Json(CannedAnswer::new(&canned)))
}
