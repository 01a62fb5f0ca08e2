//! What a message carries apart from its text, in words.

use crate::text::{counted, one_line};
use crate::{Language, Zone};

/// Currencies without decimals, and those with three (ISO 4217). All others have two.
const NO_DECIMALS: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];
const THREE_DECIMALS: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// What a message carries apart from its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Carried<'a> {
    /// The number of pictures.
    pub photos: u64,
    /// The number of other files.
    pub files: u64,
    /// The title of its card.
    pub card: Option<&'a str>,
    /// The card's price: the amount, and the currency's code.
    pub price: Option<(f64, &'a str)>,
    /// When its meeting begins and ends, in milliseconds since 1970.
    pub meeting: Option<(i64, i64)>,
}

impl Language {
    /// A text and what comes with it on one line: `This one? · A photo · Mug, 12.50 EUR`.
    pub fn with_carried(self, zone: &Zone, text: &str, carried: &Carried<'_>) -> String {
        let texts = self.texts();
        let counted = |count: u64, one: &str, other: &str| {
            Some(counted(count, one, other)).filter(|_| count > 0)
        };
        let card = carried.card.map(|title| match carried.price {
            Some((amount, currency)) => {
                format!("{}, {}", one_line(title), self.price(amount, currency))
            }
            None => one_line(title),
        });
        let meeting = carried.meeting.map(|(from, to)| self.span(zone, from, to));
        let parts = [
            Some(one_line(text)),
            counted(carried.photos, &texts.photo_one, &texts.photo_other),
            counted(carried.files, &texts.file_one, &texts.file_other),
            card,
            meeting,
        ];
        let parts: Vec<String> =
            parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        parts.join(" · ")
    }

    fn price(self, amount: f64, currency: &str) -> String {
        let currency = currency.to_ascii_uppercase();
        let decimals = if NO_DECIMALS.contains(&currency.as_str()) {
            0
        } else if THREE_DECIMALS.contains(&currency.as_str()) {
            3
        } else {
            2
        };
        let amount = format!("{amount:.decimals$}");
        let has_point = matches!(self, Self::En | Self::Ja | Self::Ar);
        let amount = if has_point { amount } else { amount.replace('.', ",") };
        // The amount and its currency stay on one line.
        format!("{amount}\u{a0}{currency}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_with_a_text_is_named() {
        let all = Carried {
            photos: 1,
            files: 2,
            card: Some("Mug\n"),
            price: Some((12.5, "eur")),
            meeting: Some((0, 3_600_000)),
        };
        let some = [Language::En, Language::De, Language::Fr, Language::Es, Language::Ja];
        let words = some.map(|language| language.with_carried(&Zone::utc(), "Hi", &all));
        assert_eq!(
            words,
            [
                "Hi · A photo · 2 files · Mug, 12.50\u{a0}EUR · \
                 Thursday, 1 January 1970, 00:00–01:00 (UTC)",
                "Hi · Ein Foto · 2 Dateien · Mug, 12,50\u{a0}EUR · \
                 Donnerstag, 1. Januar 1970, 00:00–01:00 (UTC)",
                "Hi · Une photo · 2 fichiers · Mug, 12,50\u{a0}EUR · \
                 jeudi 1er janvier 1970, 00:00–01:00 (UTC)",
                "Hi · Una foto · 2 archivos · Mug, 12,50\u{a0}EUR · \
                 jueves, 1 de enero de 1970, 00:00–01:00 (UTC)",
                "Hi · 写真1枚 · ファイル2件 · Mug, 12.50\u{a0}EUR · \
                 1970年1月1日（木曜日）, 00:00–01:00 (UTC)",
            ]
        );
        let photos = Carried { photos: 3, ..Carried::default() };
        assert_eq!(Language::En.with_carried(&Zone::utc(), "", &photos), "3 photos");
        assert_eq!(Language::En.with_carried(&Zone::utc(), "Hi", &Carried::default()), "Hi");
    }

    #[test]
    fn a_price_has_the_decimals_of_its_currency() {
        for (amount, currency, words) in [
            (12.0, "usd", "12.00\u{a0}USD"),
            (1500.0, "jpy", "1500\u{a0}JPY"),
            (1.5, "KWD", "1.500\u{a0}KWD"),
            (0.1 + 0.2, "eur", "0.30\u{a0}EUR"),
        ] {
            assert_eq!(Language::En.price(amount, currency), words);
        }
    }
}
