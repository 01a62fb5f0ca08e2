//! What a message says about the mail that it was, in the language of the shop's mails.

use domain::{MAX_BODY_BYTES, MAX_BODY_CHARS};

/// The notes of one language: a text that is cut, one file that is left out, and several.
type Notes = [&'static str; 3];

const EN: Notes = [
    "[The rest of this mail was cut.]",
    "[A file of this mail was left out.]",
    "[{count} files of this mail were left out.]",
];

fn notes(language: &str) -> Notes {
    match language {
        "de" => [
            "[Der Rest dieser Mail wurde gekürzt.]",
            "[Eine Datei dieser Mail wurde weggelassen.]",
            "[{count} Dateien dieser Mail wurden weggelassen.]",
        ],
        "fr" => [
            "[La suite de cet e-mail a été coupée.]",
            "[Un fichier de cet e-mail a été omis.]",
            "[{count} fichiers de cet e-mail ont été omis.]",
        ],
        "es" => [
            "[El resto de este correo se ha cortado.]",
            "[Se ha omitido un archivo de este correo.]",
            "[Se han omitido {count} archivos de este correo.]",
        ],
        "it" => [
            "[Il resto di questa e-mail è stato tagliato.]",
            "[Un file di questa e-mail è stato omesso.]",
            "[{count} file di questa e-mail sono stati omessi.]",
        ],
        "nl" => [
            "[De rest van deze mail is afgekapt.]",
            "[Een bestand van deze mail is weggelaten.]",
            "[{count} bestanden van deze mail zijn weggelaten.]",
        ],
        "pl" => [
            "[Reszta tej wiadomości została ucięta.]",
            "[Pominięto plik z tej wiadomości.]",
            "[Pominięte pliki z tej wiadomości: {count}]",
        ],
        "pt" => [
            "[O resto deste e-mail foi cortado.]",
            "[Um ficheiro deste e-mail foi omitido.]",
            "[{count} ficheiros deste e-mail foram omitidos.]",
        ],
        "ja" => [
            "[このメールの続きは省略されました。]",
            "[このメールのファイル1件は省略されました。]",
            "[このメールのファイル{count}件は省略されました。]",
        ],
        _ => EN,
    }
}

/// The body of the message: the text, and what is missing. Empty if there is neither.
pub(crate) fn body(text: &str, dropped: usize, language: &str) -> String {
    let [cut, one, several] = notes(language);
    let files = match dropped {
        0 => String::new(),
        1 => one.to_owned(),
        count => several.replace("{count}", &count.to_string()),
    };
    let with = |text: &str, note: &str| match (text, note) {
        (text, "") | ("", text) => text.to_owned(),
        (text, note) => format!("{text}\n\n{note}"),
    };
    let whole = with(text, &files);
    if fits(&whole) {
        return whole;
    }
    let end = with(cut, &files);
    let mut length = 0;
    let rest = MAX_BODY_BYTES - end.len() - 2;
    let most = MAX_BODY_CHARS - end.chars().count() - 2;
    let kept: String = text
        .chars()
        .take(most)
        .take_while(|c| {
            length += c.len_utf8();
            length <= rest
        })
        .collect();
    with(kept.trim_end(), &end)
}

fn fits(body: &str) -> bool {
    body.len() <= MAX_BODY_BYTES && body.chars().count() <= MAX_BODY_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_say_so() {
        assert_eq!(body("Yes", 0, "en"), "Yes");
        assert_eq!(body("", 1, "en"), EN[1]);
        assert_eq!(body("Ja", 2, "de"), "Ja\n\n[2 Dateien dieser Mail wurden weggelassen.]");
        for text in ["a".repeat(5_001), "𝕏".repeat(6_000), "é".repeat(5_000)] {
            for language in ["en", "ja", "pl"] {
                let body = body(&text, 3, language);
                assert!(fits(&body) && body.ends_with(']'), "{}", body.len());
            }
        }
    }
}
