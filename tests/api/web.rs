//! The widget's launcher, the inbox's page, and their files.

use harness::{Client, Reply, Shop};

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

async fn load(client: &Client, path: &str) -> Reply {
    client.send_raw("GET", path, "").await
}

/// The path of the module that the launcher loads.
async fn panel(shop: &Shop) -> String {
    let launcher = load(&shop.nobody(), "/chat/widget.js").await.text;
    let (_, rest) = launcher.split_once("./assets/").expect("an import");
    let (version, _) = rest.split_once("/panel.js").expect("the panel");
    format!("/chat/assets/{version}/panel.js")
}

#[tokio::test]
async fn the_launcher_is_revalidated_and_its_modules_are_immutable() {
    let shop = Shop::open().await;
    let launcher = load(&shop.nobody(), "/chat/widget.js").await;
    assert_eq!(
        (launcher.status, header(&launcher, "content-type")),
        (200, "text/javascript; charset=utf-8")
    );
    assert_eq!(header(&launcher, "cache-control"), "no-cache");
    let etag = header(&launcher, "etag").to_owned();
    let again = load(&shop.nobody().with("if-none-match", &etag), "/chat/widget.js").await;
    assert_eq!(
        (again.status, again.text.as_str(), header(&again, "etag")),
        (304, "", etag.as_str())
    );

    let path = panel(&shop).await;
    let kept = load(&shop.nobody(), &path).await;
    assert_eq!(
        (kept.status, header(&kept, "cache-control")),
        (200, "public, max-age=31536000, immutable")
    );
}

#[tokio::test]
async fn a_page_from_before_a_deployment_gets_no_module_of_another_build() {
    let shop = Shop::open().await;
    let path = panel(&shop).await;
    let version = path.split('/').nth(3).expect("a version");
    let files =
        ["panel.js", "look.js", "later.js", "channels.js", "inbox.js", "inbox.css", "texts-de.js"];
    let mut old: Vec<String> = [
        "00000000",
        "any",
        "ENTRY",
        &version.to_uppercase(),
        &version[..7],
        &format!("{version}0"),
        "entry",
    ]
    .into_iter()
    .filter(|other| *other != version)
    .flat_map(|other| files.map(|file| format!("/chat/assets/{other}/{file}")))
    .filter(|path| path != "/chat/assets/entry/panel.js")
    .collect();
    // Files with their own path have no second one.
    old.extend([
        format!("/chat/assets/{version}/widget.js"),
        format!("/chat/assets/{version}/reload.js"),
        format!("/chat/assets/{version}/entry.js"),
    ]);
    for path in old {
        let reply = load(&shop.nobody().with("origin", "https://any.example"), &path).await;
        assert_eq!(reply.refused(404, "not_found"), "Route was not found", "{path}");
        assert_eq!(header(&reply, "cache-control"), "no-store", "{path}");
    }
    for file in files {
        assert_eq!(
            load(&shop.nobody(), &format!("/chat/assets/{version}/{file}")).await.status,
            200,
            "{file}"
        );
    }
    // The launcher then loads the present panel, and the inbox reloads itself.
    let launcher = load(&shop.nobody(), "/chat/widget.js").await;
    assert!(launcher.text.contains("./assets/entry/panel.js"), "{}", launcher.text);
    let entry = load(&shop.nobody(), "/chat/assets/entry/panel.js").await;
    assert_eq!((entry.status, header(&entry, "cache-control")), (200, "no-cache"));
    assert_eq!(header(&entry, "access-control-allow-origin"), "*");
    assert_eq!(
        entry.text,
        format!(
            "export const{{mountPanel}}=\
             await import(\"../{version}/panel.js\"+new URL(import.meta.url).search);"
        ),
        "it holds no code of its own"
    );
    let inbox = load(&shop.nobody(), "/app/chat").await.text;
    let (reload, modules) =
        (inbox.find("/chat/assets/entry/reload.js"), inbox.find("type=\"module\""));
    assert!(reload.is_some() && reload < modules, "it stands in front of what may be missing");
    let reload = load(&shop.nobody(), "/chat/assets/entry/reload.js").await;
    assert_eq!((reload.status, header(&reload, "cache-control")), (200, "no-cache"));
    assert!(
        !reload.text.contains("export") && !reload.text.contains("import"),
        "a plain script: {}",
        reload.text
    );
}

#[tokio::test]
async fn responses_use_an_encoding_that_the_browser_accepts() {
    let shop = Shop::open().await;
    let path = panel(&shop).await;
    let plain = load(&shop.nobody(), &path).await;
    for (accept, encoding) in [
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", ""),
        ("*", ""),
    ] {
        let reply = load(&shop.nobody().with("accept-encoding", accept), &path).await;
        assert_eq!((reply.status, header(&reply, "content-encoding")), (200, encoding), "{accept}");
        assert_eq!(header(&reply, "vary"), "accept-encoding, origin");
        assert_eq!(reply.text == plain.text, encoding.is_empty(), "{accept}");
        assert_ne!(
            header(&reply, "etag") == header(&plain, "etag"),
            !encoding.is_empty(),
            "{accept}: another form, another tag"
        );
    }
}

#[tokio::test]
async fn every_origin_may_load_the_widget_and_other_paths_are_not_found() {
    let shop = Shop::open().await;
    let elsewhere =
        load(&shop.nobody().with("origin", "https://any.example"), "/chat/widget.js").await;
    assert_eq!(header(&elsewhere, "access-control-allow-origin"), "*");
    assert_eq!(header(&elsewhere, "cross-origin-resource-policy"), "cross-origin");
    assert_eq!(header(&elsewhere, "x-content-type-options"), "nosniff");
    for path in [
        "/chat/assets/x/nothing.js",
        "/chat/assets/x/..%2Fmain.rs",
        "/chat/assets/x/panel.js.gz",
        "/chat/assets/x/",
        "/chat/assets/panel.js",
        "/chat/widget.css",
        "/app/chat/",
        "/app",
    ] {
        assert_eq!(
            load(&shop.nobody(), path).await.refused(404, "not_found"),
            "Route was not found",
            "{path}"
        );
    }
    assert_eq!(shop.nobody().send_raw("POST", "/app/chat", "").await.status, 404);
}

#[tokio::test]
async fn the_inbox_runs_only_its_own_scripts_and_only_in_configured_pages() {
    let shop = Shop::with(&[
        ("MEDUSA_URL", "https://medusa.example"),
        ("EMBED_ORIGINS", "https://a.example,https://b.example"),
        ("FILES_ORIGIN", "https://bucket.example"),
    ])
    .await;
    let page = load(&shop.nobody(), "/app/chat").await;
    assert_eq!((page.status, header(&page, "content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(
        (header(&page, "cache-control"), header(&page, "referrer-policy")),
        ("no-cache", "no-referrer")
    );
    let sockets = shop.running.url.replacen("http", "ws", 1);
    let expected = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; \
         img-src 'self' data: https:; \
         connect-src 'self' {sockets} https://medusa.example https://bucket.example; \
         frame-ancestors 'self' https://a.example https://b.example; \
         base-uri 'none'; form-action 'none'; manifest-src 'self'; worker-src 'self'; \
         require-trusted-types-for 'script'; trusted-types chat"
    );
    assert_eq!(header(&page, "content-security-policy"), expected);
    assert!(page.text.contains("data-medusa-url=\"https://medusa.example\""));
    assert!(page.text.contains("data-embed-origins=\"https://a.example https://b.example\""));
    let (_, rest) = page.text.split_once("src=\"").expect("a script");
    let (script, _) = rest.split_once('"').expect("its address");
    assert_eq!(load(&shop.nobody(), script).await.status, 200, "{script}");
    assert!(!page.text.contains("style=") && !page.text.contains("onclick"), "nothing inline");
}

#[tokio::test]
async fn a_disabled_chat_loads_no_widget() {
    let shop = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    let launcher = load(&shop.nobody(), "/chat/widget.js").await;
    assert_eq!(launcher.status, 200);
    assert!(
        launcher.text.starts_with("//") && launcher.text.lines().count() == 1,
        "{}",
        launcher.text
    );
    assert_eq!(
        load(&shop.nobody(), "/app/chat").await.status,
        200,
        "the inbox shows that the chat is off"
    );
}
