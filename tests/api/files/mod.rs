//! Files (docs/api.md, section 8).

mod bucket;
mod emulator;
mod hostile;
mod links;
mod sends;
mod upkeep;
mod uploads;

use harness::Shop;

/// The ids of the files whose bytes are in the bucket.
fn stored(shop: &Shop) -> Vec<String> {
    let keys = shop.running.dev.files.keys().into_iter();
    keys.map(|key| key.strip_prefix("files/").expect("the folder of files").to_owned()).collect()
}

/// The path of a link.
fn path_of<'a>(shop: &Shop, url: &'a serde_json::Value) -> &'a str {
    let url = url.as_str().expect("a URL");
    url.strip_prefix(&shop.running.url).expect("a URL of ours")
}
