//! The frame of the HTML pages below `/dev/`, without a script.

use axum::response::Html;

/// A page with this body. If `live`, it reloads every five seconds.
pub(super) fn page(title: &str, live: bool, body: &str) -> Html<String> {
    let refresh = if live { "<meta http-equiv=\"refresh\" content=\"5\">" } else { "" };
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content='width=device-width'>{refresh}<title>{title}</title>\
         <style>{STYLE}</style><header><h1>{title}</h1><nav><a href=\"/\">Start</a>\
         <a href=\"/dev/outbox\">Outbox</a><a href=\"/dev/inbound\">Received</a>\
         <a href=\"/dev/events\">Events</a></nav></header>{body}"
    ))
}

/// Escapes text for HTML and XML, between tags and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}

const STYLE: &str = include_str!("page.css");

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(
            escape("<a b=\"c\" d='e'> & é"),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt; &amp; é"
        );
    }
}
