//! `/{store,admin}/chat/files*` and `/chat/files/*`: files, whose bytes go directly between the
//! browser and S3.

mod bucket;

use std::sync::Arc;

use api::files;
use api::files::Bucket;
use app::Error;
use axum::{Extension, Router};
use http::routes::Routes;
use http::{AppState, routes};

use bucket::S3;

/// The routes: who may pass, the path, the endpoint.
#[rustfmt::skip]
pub fn routes<R: Routes>(list: R) -> R {
    routes!(
        list,
        member "/store/chat/files"                              files::announce,
        member "/store/chat/files/{file_id}"                    files::complete,
        admin  "/admin/chat/files"                              files::announce,
        admin  "/admin/chat/files/{file_id}"                    files::complete,
        public "/chat/files/{file_id}/{signature}/{name}"       files::follow_link,
    )
}

/// The router of these routes, with the bucket of this application.
pub fn router(app: &AppState) -> Result<Router, Error> {
    let s3 = S3::of(app).ok_or("FILES_BUCKET is required")?;
    Ok(routes(Router::new()).layer(Extension(Bucket(Arc::new(s3)))))
}
