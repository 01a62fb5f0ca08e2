//! The texts of mails and pages, and that text which people wrote stays text.

use html5gum::{DefaultEmitter, Token, Tokenizer};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::text::one_line;

const CHAT: &str = "https://acme.example/chat?a=1&b=2";
const UNSUBSCRIBE: &str = "https://chat.acme.example/chat/unsubscribe/t";

fn frame(language: Language) -> Frame<'static> {
    let unsubscribe_url = Some(UNSUBSCRIBE);
    Frame {
        language,
        shop: "Acme",
        chat_url: CHAT,
        unsubscribe_url,
        can_reply: false,
        is_secret: false,
    }
}

fn unread(language: Language, sender: Sender, unread: u64) -> Letter {
    let quotes = [quoted(sender, "Do you ship to Graz?")];
    let mail =
        UnreadMessage { recipient: Some("Ben"), sender, code: "x7q2", quotes: &quotes, unread };
    unread_message(&frame(language), &mail).expect("a letter")
}

fn quoted<'a>(sender: Sender<'a>, text: &str) -> Quoted<'a> {
    Quoted { sender, picture_url: None, text: text.to_owned() }
}

fn lines(letter: &Letter) -> Vec<&str> {
    letter.text.split('\n').collect()
}

#[test]
fn a_new_message() {
    let letter = unread(Language::En, Sender::Guest(Some("Ada")), 1);
    assert_eq!(letter.subject, "Guest x7q2 is waiting for an answer – Acme");
    let text = [
        "Hello Ben,",
        "",
        "A customer is waiting for your answer.",
        "",
        "Ada (not verified) wrote:",
        "> Do you ship to Graz?",
        "",
        "Answer",
        CHAT,
        "",
        "--",
        "Acme sends this email when a message arrives while you are away.",
        "Unsubscribe",
        UNSUBSCRIBE,
    ];
    assert_eq!(lines(&letter), text);
}

#[test]
fn a_mention() {
    let mail = NoteMention { recipient: Some("Ben"), author: Some("Mia"), preview: "Look, Ben" };
    let letter = note_mention(&frame(Language::En), &mail).expect("a letter");
    assert_eq!(letter.subject, "Mia mentioned you in a note – Acme");
    let text = [
        "Hello Ben,",
        "",
        "A note on a conversation asks for your attention.",
        "",
        "Mia wrote:",
        "> Look, Ben",
        "",
        "Open the conversation",
        CHAT,
        "",
        "--",
        "Acme sends this email when a note mentions you while you are away.",
        "Unsubscribe",
        UNSUBSCRIBE,
    ];
    assert_eq!(lines(&letter), text);
    let nameless = note_mention(&frame(Language::En), &NoteMention { author: None, ..mail });
    let nameless = nameless.expect("a letter");
    assert_eq!(nameless.subject, "You were mentioned in a note – Acme");
    assert!(nameless.text.contains("Acme wrote:"), "{}", nameless.text);
}

#[test]
fn a_reminder_of_a_meeting() {
    let mail = MeetingReminder {
        recipient: Some("Ben"),
        sender: Sender::Staff(Some("Mia")),
        preview: "Shall we talk?",
        time: (0, 3_600_000),
        zone: &Zone::utc(),
        url: Some("https://meet.example/a?b=1&c=2"),
    };
    let letter = meeting_reminder(&frame(Language::En), &mail).expect("a letter");
    assert_eq!(letter.subject, "Reminder: your meeting at 00:00 (UTC) – Acme");
    let text = [
        "Hello Ben,",
        "",
        "Your meeting begins soon: Thursday, 1 January 1970, 00:00–01:00 (UTC).",
        "",
        "Mia wrote:",
        "> Shall we talk?",
        "> https://meet.example/a?b=1&c=2",
        "",
        "Open the chat",
        CHAT,
        "",
        "--",
        "Acme sends this email an hour before a meeting from the chat, while you are away.",
        "Unsubscribe",
        UNSUBSCRIBE,
    ];
    assert_eq!(lines(&letter), text);
    assert!(letter.html.contains(r#"href="https://meet.example/a?b=1&#38;c=2""#));
    let (sender, url) = (Sender::Customer(Some("Ada")), None);
    let letter = meeting_reminder(&frame(Language::En), &MeetingReminder { sender, url, ..mail });
    let letter = letter.expect("a letter");
    assert!(letter.text.contains("\n> Shall we talk?\n\nOpen the conversation\n"));
}

#[test]
fn a_digest() {
    let conversations = [
        Conversation {
            name: "Ada".into(),
            unread: 3,
            preview: Some("Do you ship to Graz?".into()),
            url: Some(format!("{CHAT}#ada")),
        },
        Conversation { name: "A guest".into(), unread: 1, preview: None, url: None },
    ];
    let mail = DailyDigest { recipient: None, unread: 6, conversations: &conversations, more: 1 };
    let letter = daily_digest(&frame(Language::En), &mail).expect("a letter");
    assert_eq!(letter.subject, "6 unread messages – Acme");
    let text = [
        "Hello,",
        "",
        "You have 6 unread messages in the chat.",
        "",
        "Ada – 3 unread",
        "> Do you ship to Graz?",
        "https://acme.example/chat?a=1&b=2#ada",
        "",
        "A guest – 1 unread",
        "",
        "and 1 more conversation",
        "",
        "Open the chat",
        CHAT,
        "",
        "--",
        "Acme sends this summary at most once a day, while messages are unread.",
        "Unsubscribe",
        UNSUBSCRIBE,
    ];
    assert_eq!(lines(&letter), text);
}

#[test]
fn the_summary_to_the_inbox() {
    let frame = Frame { unsubscribe_url: None, ..frame(Language::En) };
    let letter = inbox_summary(&frame, 12).expect("a letter");
    assert_eq!(letter.subject, "12 more conversations wait – Acme");
    let text = [
        "Hello,",
        "",
        "In the chat 12 more conversations wait for an answer.",
        "",
        "Open the chat",
        CHAT,
        "",
        "--",
        concat!(
            "Acme sends this email when more conversations begin within an hour ",
            "than it sends single emails for.",
        ),
    ];
    assert_eq!(lines(&letter), text);
    assert!(!letter.html.contains("nsubscribe"), "{}", letter.html);
    assert_eq!(
        inbox_summary(&frame, 1).expect("a letter").subject,
        "1 more conversation waits – Acme"
    );
    for language in Language::ALL {
        let letter = inbox_summary(&Frame { language, ..frame }, 12).expect("a letter");
        assert!(!format!("{}{}", letter.subject, letter.text).contains(['{', '}']), "{letter:?}");
    }
}

#[test]
fn notices_about_a_conversation_have_one_subject() {
    for (language, subject) in [
        (Language::En, "You have a new message from Acme"),
        (Language::De, "Sie haben eine neue Nachricht von Acme"),
        (Language::Fr, "Acme vous a écrit"),
        (Language::Es, "Tiene un mensaje nuevo de Acme"),
    ] {
        for count in [1, 2] {
            assert_eq!(unread(language, Sender::Staff(None), count).subject, subject);
        }
    }
    let subject = |sender| unread(Language::En, sender, 2).subject;
    assert_eq!(subject(Sender::Customer(None)), "Customer x7q2 is waiting for an answer – Acme");
    assert_eq!(subject(Sender::Customer(Some("Ada"))), "Ada is waiting for an answer – Acme");
    assert_eq!(subject(Sender::Guest(Some("Mia"))), "Guest x7q2 is waiting for an answer – Acme");
}

#[test]
fn a_conversation_is_quoted_with_its_authors() {
    let (mia, you) = (Sender::Staff(Some("Mia")), Sender::You);
    let picture_url = Some("https://acme.example/mia.png");
    let quotes = [
        quoted(you, "Is it there?"),
        Quoted { picture_url, ..quoted(mia, "I shall look.") },
        quoted(mia, "It is."),
    ];
    let mail = UnreadMessage { recipient: None, sender: mia, code: "", quotes: &quotes, unread: 2 };
    let frame = Frame { can_reply: true, is_secret: true, ..frame(Language::En) };
    let letter = unread_message(&frame, &mail).expect("a letter");
    let text = [
        "##- Write your answer above this line -##",
        "",
        "Hello,",
        "",
        "2 new messages are waiting for you in the chat.",
        "",
        "You wrote:",
        "> Is it there?",
        "",
        "Mia wrote:",
        "> I shall look.",
        "> It is.",
        "",
        "Open the chat",
        CHAT,
        "",
        "This link opens your conversation on any device. Do not share it.",
        "",
        "You can also answer this email.",
        "",
        "--",
        "Acme sends this email when a message arrives while you are away.",
        "Unsubscribe",
        UNSUBSCRIBE,
    ];
    assert_eq!(lines(&letter), text);
    assert!(letter.html.contains(r#"<img src="https://acme.example/mia.png""#));
    let plain = Quoted { picture_url: Some("http://acme.example/mia.png"), ..quoted(mia, "Hi") };
    let letter = unread_message(&frame, &UnreadMessage { quotes: &[plain], ..mail });
    assert!(!letter.expect("a letter").html.contains("<img"), "only https");
}

#[test]
fn a_transcript() {
    let said = |sender, at, text: &str, carried: &[&str]| Said {
        sender,
        at,
        text: text.to_owned(),
        carried: carried.iter().map(|name| (*name).to_owned()).collect(),
    };
    let messages = [
        said(Sender::You, 0, "Is this it?\n<b>Look</b>", &["teapot.png"]),
        said(Sender::Staff(Some("Mia")), 60_000, "It is.", &[]),
    ];
    let zone = &Zone::utc();
    let mail = Transcript { recipient: Some("Ada"), messages: &messages, is_cut: true, zone };
    let letter = transcript(&frame(Language::En), &mail).expect("a letter");
    assert_eq!(letter.subject, "Transcript of your conversation – Acme");
    let text = [
        "Hello Ada,",
        "",
        "Here is the conversation as you asked for it.",
        "",
        "Only the newest 2 messages are shown.",
        "",
        "You – Thursday, 1 January 1970, 00:00 (UTC)",
        "> Is this it?",
        "> <b>Look</b>",
        "> [teapot.png]",
        "",
        "Mia – Thursday, 1 January 1970, 00:01 (UTC)",
        "> It is.",
        "",
        "Open the chat",
        CHAT,
        "",
        "--",
        "Acme sends this email because its transcript was asked for in the chat.",
        "Unsubscribe",
        UNSUBSCRIBE,
    ];
    assert_eq!(lines(&letter), text);
    assert!(letter.html.contains("&#60;b&#62;Look"), "{}", letter.html);
}

#[test]
fn a_mail_has_the_direction_of_its_language() {
    for language in Language::ALL {
        let letter = unread(language, Sender::Staff(Some("Mia")), 2);
        let dir = format!(r#"<html lang="{}" dir="{}">"#, language.tag(), language.dir());
        assert!(letter.html.contains(&dir), "{language:?}");
        assert!(!format!("{}{}", letter.subject, letter.text).contains(['{', '}']), "{language:?}");
    }
    let arabic = unread(Language::Ar, Sender::Staff(Some("Mia")), 2).html;
    assert!(arabic.contains("border-right:3px") && !arabic.contains("border-left:3px"));
}

#[test]
fn every_placeholder_is_filled() {
    for language in Language::ALL {
        for kind in KINDS {
            let letter = letter(kind, language, ["Ada", "Ben", "Hi"]);
            assert!(
                !format!("{}{}", letter.subject, letter.text).contains(['{', '}']),
                "{letter:?}"
            );
        }
    }
}

#[test]
fn names() {
    let name = |sender| sender_name(Language::En, "Acme", &sender);
    assert_eq!(name(Sender::Staff(Some("Ben"))), "Ben");
    assert_eq!(name(Sender::Staff(None)), "Acme");
    assert_eq!(name(Sender::Customer(Some("Ada\r\nLovelace"))), "Ada  Lovelace");
    assert_eq!(name(Sender::Customer(Some(" \n"))), "A customer");
    assert_eq!(name(Sender::Guest(Some("\u{202e}Acme"))), "Acme (not verified)");
    assert_eq!(name(Sender::Guest(Some("\u{2066}"))), "A guest");
}

#[test]
fn a_subject_is_one_line() {
    let frame =
        Frame { shop: "Acme\r\nBcc: a@b.example\u{85}\u{2028}{count}", ..frame(Language::En) };
    let (sender, quotes) = (Sender::Staff(None), [quoted(Sender::You, "")]);
    let mail = UnreadMessage { recipient: None, sender, code: "", quotes: &quotes, unread: 2 };
    let letter = unread_message(&frame, &mail).expect("a letter");
    assert_eq!(letter.subject, "You have a new message from Acme  Bcc: a@b.example  {count}");
}

#[test]
fn the_unsubscribe_page() {
    for language in Language::ALL {
        let states = [
            (Unsubscribe::Asked, 1),
            (Unsubscribe::Done, 0),
            (Unsubscribe::Ended, 0),
            (Unsubscribe::Resumed, 0),
            (Unsubscribe::Inbox, 0),
        ];
        for (state, forms) in states {
            let page = unsubscribe_page(language, "A<b>cme", state).expect("a page");
            let (_, rest) = page.html.split_once("<style>").expect("a style");
            let (style, body) = rest.split_once("</style>").expect("its end");
            assert_eq!(style, page.style);
            assert!(!body.contains("style"), "{body}");
            assert!(body.contains("A&#60;b&#62;cme"), "{body}");
            assert_eq!(body.matches("<form method=\"post\"><button>").count(), forms);
            let resumes = body.matches(concat!(
                r#"<form method="post">"#,
                r#"<input type="hidden" name="subscribe" value="again"><button>"#,
            ));
            assert_eq!(resumes.count(), usize::from(state == Unsubscribe::Ended));
            assert_eq!(body.contains("<a href=\"\">"), state == Unsubscribe::Done);
        }
    }
}

/// The mails that show text of people.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Staff,
    Customer,
    Guest,
    Mention,
    Reminder,
    Digest,
    Transcript,
}

const KINDS: [Kind; 7] = [
    Kind::Staff,
    Kind::Customer,
    Kind::Guest,
    Kind::Mention,
    Kind::Reminder,
    Kind::Digest,
    Kind::Transcript,
];

fn letter(kind: Kind, language: Language, [recipient, name, preview]: [&str; 3]) -> Letter {
    let (frame, recipient) = (frame(language), Some(recipient));
    let unread = |sender| {
        let quotes = [quoted(sender, preview)];
        let mail = UnreadMessage { recipient, sender, code: "x7q2", quotes: &quotes, unread: 2 };
        unread_message(&frame, &mail)
    };
    let letter = match kind {
        Kind::Staff => unread(Sender::Staff(Some(name))),
        Kind::Customer => unread(Sender::Customer(Some(name))),
        Kind::Guest => unread(Sender::Guest(Some(name))),
        Kind::Mention => {
            note_mention(&frame, &NoteMention { recipient, author: Some(name), preview })
        }
        Kind::Reminder => {
            let (sender, zone) = (Sender::Staff(Some(name)), &Zone::utc());
            let (time, url) = ((0, 3_600_000), Some(CHAT));
            meeting_reminder(
                &frame,
                &MeetingReminder { recipient, sender, preview, time, zone, url },
            )
        }
        Kind::Transcript => {
            let (sender, carried) = (Sender::Customer(Some(name)), vec![preview.to_owned()]);
            let messages = [Said { sender, at: 0, text: "Hi".to_owned(), carried }];
            let (messages, zone) = (&messages, &Zone::utc());
            transcript(&frame, &Transcript { recipient, messages, is_cut: true, zone })
        }
        Kind::Digest => {
            let with = Conversation {
                name: name.to_owned(),
                unread: 1,
                preview: Some(preview.to_owned()),
                url: Some(CHAT.to_owned()),
            };
            let conversations = [with.clone(), Conversation { preview: None, ..with }];
            daily_digest(
                &frame,
                &DailyDigest { recipient, unread: 5, conversations: &conversations, more: 3 },
            )
        }
    };
    letter.expect("a letter")
}

/// A page's markup (tags with their attributes, comments, errors) and its visible words.
fn markup_and_words(html: &str) -> (Vec<Token>, String) {
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    let (mut markup, mut words): (Vec<Token>, Vec<u8>) = (Vec::new(), Vec::new());
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::String(text) => words.extend_from_slice(&text),
            // A noncharacter is harmless.
            Token::Error(error) if error.value == html5gum::Error::NoncharacterInInputStream => {}
            token => markup.push(token),
        }
    }
    (markup, String::from_utf8(words).expect("text"))
}

/// The lines of a text, by every character that some program breaks a line at.
fn line_count(text: &str) -> usize {
    text.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']).count()
}

/// Checks that a name in the subject is one line that changes nothing else.
fn check_subject(kind: Kind, language: Language, name: &str, subject: &str) {
    let named = letter(kind, language, ["Ada", "Ben", "Hi"]).subject;
    let (start, end) = named.split_once("Ben").expect("the name");
    if one_line(name).is_empty() {
        assert_eq!(subject, letter(kind, language, ["Ada", "", "Hi"]).subject);
        assert!(!subject.contains(['{', '}']), "{subject:?}");
    } else {
        let shown = subject.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        assert_eq!(
            shown.map(|shown| shown.replace("= ?", "=?")),
            Some(one_line(name).replace("= ?", "=?"))
        );
    }
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let turns = |c: char| {
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    assert!(!subject.contains(breaks) && !subject.contains(turns), "{subject:?}");
    assert!(!subject.contains("=?"), "no encoded word: {subject:?}");
}

/// Checks that typed text is shown and changes nothing else.
fn check_stays_text(kind: Kind, language: Language, typed: [&str; 3]) {
    let (hostile, harmless) =
        (letter(kind, language, typed), letter(kind, language, ["Ada", "Ben", "Hi"]));
    let (markup, words) = markup_and_words(&hostile.html);
    assert_eq!(markup, markup_and_words(&harmless.html).0);
    if let Kind::Customer | Kind::Mention = kind {
        check_subject(kind, language, typed[1], &hostile.subject);
    } else {
        assert_eq!(hostile.subject, harmless.subject);
    }
    assert_eq!(line_count(&hostile.text), line_count(&harmless.text));
    for shown in typed.map(one_line) {
        assert!(words.contains(&shown) && hostile.text.contains(&shown), "{shown:?}");
    }
}

const NASTY: [&str; 20] = [
    "",
    "<script>alert(1)</script>",
    "</p></td></tr></table><img src=x onerror=alert(1)>",
    "</style><style>*{display:none}",
    "</title><base href=//evil.example>",
    "<!--[if mso]>-->",
    "--><b>",
    "\" onclick=\"alert(1)\" x='y' `z`",
    "&lt;b&gt; &amp;amp; &#60; &nbsp",
    "{{ shared.subject }} {% include \"x\" %} {# x #}",
    "{name} {shop} {count}",
    "a\r\nBcc: victim@example.com\r\n\r\n<b>",
    "a\u{85}b\u{2028}c\u{2029}d\u{b}e\u{c}f\u{0}g\u{1b}[31m",
    "\u{202e}evil\u{2066}\u{2069}\u{202c}",
    "\u{200b}\u{200d}\u{feff}\u{2060}",
    "=?utf-8?B?QmNjOiBldmU=?= =?us-ascii?Q?=0D=0AX:?=",
    "\u{200f}\u{61c}Ada\u{200e}",
    "👩‍👩‍👧‍👦🏴‍☠️ 𝕳𝖎 \u{1f600}",
    "--\n> quoted\n-- \n",
    "\u{ffff}\u{fdd0}\u{10ffff}",
];

#[test]
fn nasty_text_stays_text() {
    let long = "<b>x".repeat(5_000);
    for kind in KINDS {
        for language in Language::ALL {
            for nasty in NASTY.into_iter().chain([long.as_str()]) {
                check_stays_text(kind, language, [nasty; 3]);
            }
        }
    }
}

fn typed() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        2 => any::<char>().prop_map(String::from),
        2 => select("<>\"'&/=!-{}%# \r\n".chars().collect::<Vec<_>>()).prop_map(String::from),
        1 => select(NASTY.to_vec()).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_stays_text(
        kind in select(KINDS.to_vec()),
        language in select(Language::ALL.to_vec()),
        recipient in typed(),
        name in typed(),
        preview in typed(),
    ) {
        check_stays_text(kind, language, [&recipient, &name, &preview]);
    }
}
