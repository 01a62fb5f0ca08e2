//! Every mail of the corpus, and bytes that are none.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn own() -> Own {
    let words = ["@reply.shop.example", "chat@shop.example", "the teapot shop"];
    Own { words: words.map(str::to_owned).into() }
}

/// What is found in a mail, as the text files of the corpus have it.
fn found(raw: &[u8]) -> String {
    match read(raw, &own()) {
        Err(aside) => format!("aside {aside:?}"),
        Ok(mail) => {
            let mut found = mail.text;
            for file in mail.files {
                let _ = write!(found, "\nfile {}", file.name.unwrap_or_default());
            }
            found
        }
    }
}

fn corpus() -> Vec<(String, Vec<u8>, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut mails = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|kind| kind == "eml") {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let wanted = fs::read_to_string(path.with_extension("txt")).expect("its text");
            mails.push((name, fs::read(&path).expect("a mail"), wanted.trim_end().to_owned()));
        }
    }
    mails.sort();
    mails
}

#[test]
fn every_mail_of_the_corpus_has_its_text() {
    let mails = corpus();
    assert!(mails.len() >= 80, "{}", mails.len());
    let mut wrong = String::new();
    for (name, raw, wanted) in &mails {
        let found = found(raw);
        if found != *wanted {
            let _ = write!(wrong, "=== {name}\n--- wanted\n{wanted}\n--- found\n{found}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_repeated_delivery_has_the_same_digest_and_another_mail_has_not() {
    let mail = |id: &str, hour: &str, body: &str| {
        format!(
            "Received: from a by b for r+x@reply.shop.example; {hour}\r\n\
             X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\n\
             Authentication-Results: amazonses.com; dmarc=pass header.from=shop.example\r\n\
             X-SES-RECEIPT: {hour}\r\nFrom: ada@shop.example\r\n{id}\r\n{body}"
        )
    };
    let digest = |text: &str| read(text.as_bytes(), &own()).expect("a mail").digest;
    let id = "Message-ID: <1@a>\r\n";
    assert_eq!(digest(&mail(id, "10", "a")), digest(&mail(id, "11", "a")));
    assert_eq!(digest(&mail("", "10", "a")), digest(&mail("", "11", "a")));
    assert_ne!(digest(&mail("", "10", "a")), digest(&mail("", "10", "b")));
    assert_ne!(digest(&mail(id, "10", "a")), digest(&mail("Message-ID: <2@a>\r\n", "10", "a")));
    let mail = read(mail(id, "10", "a").as_bytes(), &own()).expect("a mail");
    assert_eq!(mail.recipients, ["r+x@reply.shop.example"]);
}

/// A mail of this body below a head that is accepted.
fn with_body(body: &str) -> Vec<u8> {
    let (_, raw, _) =
        corpus().into_iter().find(|(name, ..)| name == "lf-only-no-mime").expect("it");
    let raw = String::from_utf8(raw).expect("text");
    let (head, _) = raw.split_once("\n\n").expect("a head");
    format!("{head}\n{body}").into_bytes()
}

#[test]
fn hostile_mails_end_soon() {
    let mut deep = String::new();
    for depth in 0..5_000 {
        let _ = write!(deep, "Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n");
    }
    let same = "Content-Type: multipart/mixed; boundary=b\n\n--b\n".repeat(5_000);
    let nested = "Content-Type: message/rfc822\n\n".repeat(200_000);
    let many =
        format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(100_000));
    let boundary = "-".repeat(190);
    let dashes = format!(
        "Content-Type: multipart/mixed; boundary=\"{boundary}\"\n\n{}",
        "-".repeat(5_000_000)
    );
    let quotes = format!("\n{}", format!("{}\n", ">".repeat(5_000)).repeat(500));
    let attributions =
        format!("\n{}", "On 2026-11-27 10:01 chat@shop.example wrote:\n\n".repeat(20_000));
    let labels = format!("\n{}", "From: a@b\nTo: c\nDate: 1\n".repeat(20_000));
    let tags = format!("Content-Type: text/html\n\n{}", "<blockquote><div><p>".repeat(50_000));
    let entities = format!("Content-Type: text/html\n\n{}", "&lt;&#x1f600;&".repeat(100_000));
    let code = format!("Content-Transfer-Encoding: base64\n\n{}", "AAAA".repeat(1_000_000));
    let long = format!("\n{}", "a".repeat(5_000_000));
    let headers = format!("{}\n\nx", "X: y\n".repeat(60_000));
    for (name, body) in [
        ("deep", deep),
        ("same", same),
        ("nested", nested),
        ("many", many),
        ("dashes", dashes),
        ("quotes", quotes),
        ("attributions", attributions),
        ("labels", labels),
        ("tags", tags),
        ("entities", entities),
        ("code", code),
        ("long", long),
        ("headers", headers),
    ] {
        let raw = with_body(&body);
        let started = Instant::now();
        let text = read(&raw, &own()).map(|mail| mail.text.len());
        let took = started.elapsed();
        // Some thousand times what each takes, so that no slow machine fails.
        assert!(took < Duration::from_mins(1), "{name} took {took:?}");
        assert!(text.is_err() || text.is_ok_and(|length| length <= MAX_TEXT), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(raw in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&raw, &own());
        let _ = read(&[with_body("").as_slice(), &raw].concat(), &own());
    }

    #[test]
    fn no_change_of_a_mail_panics(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        length in 0..60_usize,
        new in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mails = corpus();
        let (_, mut raw, _) = which.get(&mails).clone();
        let begin = at.index(raw.len());
        let end = (begin + length).min(raw.len());
        raw.splice(begin..end, new);
        let _ = read(&raw, &own());
    }

    #[test]
    fn no_text_becomes_longer(text in "([>\\- \\na-z:@0-9]|On |wrote:|From: |## -##|\\n){0,300}") {
        let cut = reply::cut(&text, &own());
        prop_assert!(cut.len() <= text.len() * 2);
    }
}
