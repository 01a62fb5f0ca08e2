//! The pages that a person at this machine looks at: made here, without a script.

use axum::response::Html;

/// A page with this body. One that is `live` loads itself again every five seconds.
pub(super) fn page(title: &str, live: bool, body: &str) -> Html<String> {
    let refresh = if live { "<meta http-equiv=\"refresh\" content=\"5\">" } else { "" };
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>{refresh}<title>{title}</title>\
         <style>{STYLE}</style><header><h1>{title}</h1><nav><a href=\"/\">Start</a><a href=\"/dev/outbox\">Outbox</a>\
         <a href=\"/dev/events\">Events</a></nav></header>{body}"
    ))
}

/// The text as it may stand in HTML or XML, between tags or in a quoted attribute.
pub(super) fn escape(text: &str) -> String {
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

const STYLE: &str = "
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; --accent: light-dark(#1c6b48, #7ed3a6);
  --line: color-mix(in srgb, currentColor 15%, transparent); --tint: color-mix(in srgb, var(--accent) 12%, transparent); }
* { box-sizing: border-box; }
body { max-width: 78rem; margin: 2rem auto; padding: 0 1.5rem; }
header { display: flex; align-items: baseline; gap: 2rem; margin-bottom: 1.25rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .25rem; overflow-wrap: anywhere; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
header nav { display: flex; gap: 1rem; } code, small, time { font-size: .85em; opacity: .7; }
pre, td { font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
main { display: grid; grid-template-columns: minmax(16rem, 21rem) minmax(0, 1fr); gap: 1rem; align-items: start; }
@media (max-width: 52rem) { main { grid-template-columns: minmax(0, 1fr); } .list { max-height: 16rem; } }
.list, article, details { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.list { max-height: calc(100vh - 8rem); overflow-y: auto; }
.list a { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 .75rem; padding: .6rem .9rem; color: inherit;
  border-left: 3px solid transparent; } .list a + a { border-top: 1px solid var(--line); }
.list a:hover { text-decoration: none; background: var(--tint); }
.list a[aria-current] { background: var(--tint); border-left-color: var(--accent); }
.list b, .list span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .list b { font-weight: 600; }
.list span { grid-column: 1 / -1; opacity: .8; }
.top, .part { padding: 1rem 1.25rem; } .top p { margin: 0; overflow-wrap: anywhere; }
.tabs { display: flex; gap: 1.25rem; padding: 0 1.25rem; border-bottom: 1px solid var(--line); }
.tabs a { padding: .4rem 0; margin-bottom: -1px; color: inherit; border-bottom: 2px solid transparent; }
.tabs a[aria-current] { color: var(--accent); border-color: var(--accent); font-weight: 600; }
iframe { display: block; width: 100%; height: calc(100vh - 18rem); min-height: 24rem; border: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem 1rem .3rem 0; } th { font-weight: 600; white-space: nowrap; }
tr + tr { border-top: 1px solid var(--line); }
details { margin-bottom: .5rem; } summary { cursor: pointer; padding: .6rem .9rem; } summary:hover { background: var(--tint); }
summary code, summary time { margin-left: .75rem; } details pre { padding: .75rem 1rem; border-top: 1px solid var(--line); }
";

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_ends_an_attribute_or_begins_a_tag() {
        assert_eq!(
            escape("<a b=\"c\" d='e'> & é"),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt; &amp; é"
        );
    }
}
