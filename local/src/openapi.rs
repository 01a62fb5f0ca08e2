//! The OpenAPI document of all HTTP functions.

use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Live chat",
        version = "1",
        description = "Live chat for online shops. Customers and guests use `/store/chat/*`, \
                       staff uses `/admin/chat/*`; both with Medusa's tokens, guests with a \
                       secret of their own. The rules are in `docs/api.md`.",
        license(name = "MIT", identifier = "MIT")
    ),
    tags(
        (name = "store", description = "Customers and guests"),
        (name = "admin", description = "Staff: every admin may see and use every channel"),
        (name = "files", description = "The bytes of files"),
        (name = "mail", description = "The pages that links in mails open"),
        (name = "health", description = "Whether the API answers")
    ),
    components(schemas(http::ErrorBody))
)]
struct Document;

/// Builds the document from the routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let document = admin_routes::routes(store_routes::routes(Document::openapi()));
    let mut document = shop_routes::routes(files::routes(document));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        "medusa",
        SecurityScheme::Http(
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build(),
        ),
    );
    components.add_security_scheme(
        "guest",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("guest_id_for_live_chat"))),
    );
    document
}

/// The document's text, as stored in `docs/openapi.json`.
pub fn document() -> String {
    let mut text = openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
