//! A meeting as a file for calendar programs (RFC 5545).

use jiff::Timestamp;

/// Longest line, in bytes without its end.
const MAX_LINE: usize = 75;

/// A meeting.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Names the meeting. A calendar replaces an event of the same id.
    pub id: &'a str,
    /// Rises with each change of the meeting.
    pub version: i64,
    /// When the file was made, like all times in milliseconds since 1970.
    pub now: i64,
    /// When the meeting begins.
    pub from: i64,
    /// When it ends.
    pub to: i64,
    /// What it is called.
    pub title: &'a str,
    /// Where it takes place.
    pub url: Option<&'a str>,
}

/// The file.
pub fn calendar(event: &Event<'_>) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//live-chat//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", escaped(event.id)),
        format!("SEQUENCE:{}", event.version),
        format!("DTSTAMP:{}", time(event.now)),
        format!("DTSTART:{}", time(event.from)),
        format!("DTEND:{}", time(event.to)),
        format!("SUMMARY:{}", escaped(event.title)),
    ];
    if let Some(url) = event.url {
        lines.push(format!("LOCATION:{}", escaped(url)));
        lines.push(format!("URL:{url}"));
    }
    lines.extend(["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()]);
    lines.iter().map(|line| folded(line)).collect()
}

/// UTC, in whole seconds.
fn time(millis: i64) -> String {
    let at = Timestamp::from_millisecond(millis).unwrap_or_default();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text as a value: neither a line end nor another control character stays in it.
fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => {
                value.push('\\');
                value.push(c);
            }
            '\n' => value.push_str("\\n"),
            c if c.is_control() => {}
            c => value.push(c),
        }
    }
    value
}

/// A line, with its end. A longer one goes on in lines that begin with a space.
fn folded(line: &str) -> String {
    let mut text = String::with_capacity(line.len() + 8);
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > MAX_LINE {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(c);
        length += c.len_utf8();
    }
    text.push_str("\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_reads_it() {
        let title = "Fitting; with Ada, \\ and\nMia\r\nEND:VEVENT ".to_owned() + &"é".repeat(60);
        let file = calendar(&Event {
            id: "chatmsg_1",
            version: 3,
            now: 0,
            from: 1_796_122_800_000,
            to: 1_796_126_400_999,
            title: &title,
            url: Some("https://meet.example/a?b=c;d,e"),
        });
        assert!(file.ends_with("\r\nEND:VCALENDAR\r\n"));
        let lines: Vec<&str> = file.split_terminator("\r\n").collect();
        assert!(lines.iter().all(|line| line.len() <= MAX_LINE && !line.contains(['\r', '\n'])));
        assert_eq!(lines.iter().filter(|line| **line == "END:VEVENT").count(), 1);
        let unfolded = file.replace("\r\n ", "");
        let summary = unfolded.lines().find_map(|line| line.strip_prefix("SUMMARY:"));
        assert_eq!(
            summary,
            Some(&*format!(r"Fitting\; with Ada\, \\ and\nMia\nEND:VEVENT {}", "é".repeat(60)))
        );
        for line in [
            "UID:chatmsg_1",
            "DTSTART:20261201T110000Z",
            "DTEND:20261201T120000Z",
            r"LOCATION:https://meet.example/a?b=c\;d\,e",
            "URL:https://meet.example/a?b=c;d,e",
        ] {
            assert!(lines.contains(&line), "{line}\n{file}");
        }
    }
}
