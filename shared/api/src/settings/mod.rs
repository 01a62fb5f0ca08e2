//! The shop's settings.

mod get;
mod replace;

pub use get::*;
pub use replace::*;

use domain::Settings;
use serde::Serialize;
use utoipa::ToSchema;

/// `{settings, version}`
#[derive(Serialize, ToSchema)]
pub struct SettingsAnswer {
    settings: wire::Settings,
    /// How often the settings were replaced: the next replacement names it.
    version: u64,
}

impl SettingsAnswer {
    fn new(settings: &Settings, version: u64) -> Self {
        Self { settings: settings.into(), version }
    }
}
