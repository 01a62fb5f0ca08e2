//! The routes of the HTTP API and how API Gateway matches a path.

use std::collections::BTreeMap;

/// The HTTP functions, by their names in `template.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpFunction {
    /// `StoreFunction`
    Store,
    /// `AdminFunction`
    Admin,
    /// `FilesFunction`
    Files,
    /// `ShopFunction`
    Shop,
    /// `WebFunction`
    Web,
}

/// The routes of `template.yaml`, each for every method: a group of paths and its function. The
/// router inside the function knows the exact paths and methods.
pub const ROUTES: [(&str, HttpFunction); 14] = [
    ("/store/chat/{proxy+}", HttpFunction::Store),
    ("/chat/unsubscribe/{proxy+}", HttpFunction::Store),
    ("/health", HttpFunction::Store),
    ("/admin/chat/{proxy+}", HttpFunction::Admin),
    ("/store/chat/files", HttpFunction::Files),
    ("/store/chat/files/{proxy+}", HttpFunction::Files),
    ("/admin/chat/files", HttpFunction::Files),
    ("/admin/chat/files/{proxy+}", HttpFunction::Files),
    ("/chat/files/{proxy+}", HttpFunction::Files),
    ("/admin/chat/shop/{proxy+}", HttpFunction::Shop),
    ("/app/chat", HttpFunction::Web),
    ("/app/chat/{proxy+}", HttpFunction::Web),
    ("/chat/{file}", HttpFunction::Web),
    ("/chat/assets/{proxy+}", HttpFunction::Web),
];

/// The function of the route `$default`, which matches every other path.
pub const DEFAULT: HttpFunction = HttpFunction::Store;

/// The paths that the functions' routers know.
pub fn paths() -> Vec<(HttpFunction, String)> {
    let none = utoipa::openapi::OpenApi::default;
    let documents = [
        (HttpFunction::Store, store_routes::routes(none())),
        (HttpFunction::Admin, admin_routes::routes(none())),
        (HttpFunction::Files, files::routes(none())),
        (HttpFunction::Shop, shop_routes::routes(none())),
    ];
    let documented = documents.into_iter().flat_map(|(function, document)| {
        document.paths.paths.into_keys().map(move |path| (function, path))
    });
    let web = web::PATHS.iter().map(|path| (HttpFunction::Web, (*path).to_owned()));
    documented.chain(web).collect()
}

/// A route's key, as in events.
pub(super) fn route_key(route: &str) -> String {
    format!("ANY {route}")
}

/// The route that API Gateway chooses for a path: one without a greedy variable before one with it,
/// then the one with more literal segments.
pub fn most_specific<'a>(routes: impl IntoIterator<Item = &'a str>, path: &str) -> Option<&'a str> {
    let rank = |route: &&str| {
        let literal = route.split('/').filter(|segment| !segment.starts_with('{')).count();
        (!route.ends_with("+}"), literal)
    };
    routes.into_iter().filter(|route| captures(route, path).is_some()).max_by_key(rank)
}

/// The path parameters if the route matches the path; `None` if it does not. `{name}` matches one
/// segment, `{name+}` one or more at the end.
pub(super) fn captures(route: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (mut captures, mut rest) = (BTreeMap::new(), Some(path));
    for segment in route.split('/') {
        let left = rest?;
        let variable = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        if let Some(name) = variable.and_then(|name| name.strip_suffix('+')) {
            captures.insert(name.to_owned(), left.to_owned());
            return (!left.is_empty()).then_some(captures);
        }
        let (found, after) =
            left.split_once('/').map_or((left, None), |(found, after)| (found, Some(after)));
        match variable {
            Some(name) if !found.is_empty() => {
                captures.insert(name.to_owned(), found.to_owned());
            }
            None if segment == found => {}
            _ => return None,
        }
        rest = after;
    }
    rest.is_none().then_some(captures)
}

#[cfg(test)]
mod tests {
    use super::{ROUTES, captures, most_specific};

    #[test]
    fn the_most_specific_route_wins() {
        for (path, route) in [
            ("/health", Some("/health")),
            ("/health/", None),
            ("/store/chat/channels", Some("/store/chat/{proxy+}")),
            ("/store/chat/channels/a:b:c/read", Some("/store/chat/{proxy+}")),
            ("/admin/chat/shop/products", Some("/admin/chat/shop/{proxy+}")),
            ("/admin/chat/shop", Some("/admin/chat/{proxy+}")),
            ("/store/chat", None),
            ("/store/chat/", None),
            ("/store/chats/x", None),
            ("/app/chat", Some("/app/chat")),
            ("/app/chat/x/y", Some("/app/chat/{proxy+}")),
            ("/chat/widget.js", Some("/chat/{file}")),
            ("/chat/unsubscribe", Some("/chat/{file}")),
            ("/chat/unsubscribe/t", Some("/chat/unsubscribe/{proxy+}")),
            ("/chat/assets/v/a.js", Some("/chat/assets/{proxy+}")),
            ("/chat/other/a.js", None),
            ("/store/chat/files", Some("/store/chat/files")),
            ("/admin/chat/files/f", Some("/admin/chat/files/{proxy+}")),
            ("/chat/files/f/s/n", Some("/chat/files/{proxy+}")),
            ("/chat/", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(most_specific(ROUTES.map(|(path, _)| path), path), route, "{path}");
        }
        let all = ["/{proxy+}", "/a/{proxy+}", "/a/{x}/c", "/a/b/{proxy+}", "/{x}/b/c", "/a/b/c"];
        assert_eq!(most_specific(all, "/a/b/c"), Some("/a/b/c"));
        assert_eq!(most_specific(all, "/a/b/d"), Some("/a/b/{proxy+}"));
        assert_eq!(
            most_specific(all, "/a/d/c"),
            Some("/a/{x}/c"),
            "a whole match before a greedy one"
        );
        assert_eq!(
            captures("/a/{x}/{proxy+}", "/a/b/c/d").unwrap().into_iter().collect::<Vec<_>>(),
            [("proxy".to_owned(), "c/d".to_owned()), ("x".to_owned(), "b".to_owned())]
        );
    }
}
