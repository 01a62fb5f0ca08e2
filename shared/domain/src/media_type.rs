//! The types of files that people send, and how their content is recognized.
//!
//! A file has the announced type when its first bytes do. What follows is not read: a GIF may go on
//! as HTML. That is harmless, because a file is only ever served under its announced type, from the
//! bucket's own origin, and all but images as a download. No browser takes an image for HTML, and
//! a script there would reach neither the shop's pages nor ours. SVG and HTML are not types here.

/// The bytes that [`MediaType::begins`] looks at.
pub const FIRST_BYTES: usize = 512;

/// A type of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the format of its name")]
pub enum MediaType {
    Jpeg,
    Png,
    WebP,
    Gif,
    Avif,
    Pdf,
    Text,
    Mp4,
}

impl MediaType {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::Gif,
        Self::Avif,
        Self::Pdf,
        Self::Text,
        Self::Mp4,
    ];

    /// Reads a media type, which has lower-case letters and no parameters.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The media type, as in `Content-Type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Avif => "image/avif",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain",
            Self::Mp4 => "video/mp4",
        }
    }

    /// Whether browsers show it inside a page. All others are downloads.
    pub const fn is_image(self) -> bool {
        match self {
            Self::Jpeg | Self::Png | Self::WebP | Self::Gif | Self::Avif => true,
            Self::Pdf | Self::Text | Self::Mp4 => false,
        }
    }

    /// Whether a file of this type may begin with these bytes. Of plain text the whole content
    /// counts: see [`is_plain_text`].
    pub fn begins(self, first: &[u8]) -> bool {
        match self {
            Self::Jpeg => first.starts_with(b"\xff\xd8\xff"),
            Self::Png => first.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::WebP => first.starts_with(b"RIFF") && first.get(8..12) == Some(b"WEBP"),
            Self::Gif => first.starts_with(b"GIF87a") || first.starts_with(b"GIF89a"),
            Self::Avif => brands(first).any(|brand| AVIF.contains(&brand)),
            Self::Pdf => first.starts_with(b"%PDF-"),
            Self::Text => !first.contains(&0),
            // A picture in the same container may call itself compatible with video.
            Self::Mp4 => {
                brands(first).any(|brand| MP4.contains(&brand))
                    && !brands(first).any(|brand| AVIF.contains(&brand) || HEIC.contains(&brand))
            }
        }
    }
}

/// The brands of ISO base media files, by what they hold: see
/// <https://mp4ra.org/registered-types/brands>.
const AVIF: [&[u8; 4]; 2] = [b"avif", b"avis"];
const HEIC: [&[u8; 4]; 5] = [b"heic", b"heix", b"heim", b"heis", b"mif1"];
const MP4: [&[u8; 4]; 15] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41",
    b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV",
];

/// The major and the compatible brands in a file type box at the beginning.
fn brands(first: &[u8]) -> impl Iterator<Item = &[u8; 4]> {
    let size = first.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size));
    let size = usize::try_from(size).unwrap_or(usize::MAX).min(first.len());
    let content = match first.get(4..8) {
        Some(b"ftyp") => first.get(8..size),
        _ => None,
    };
    let words = content.unwrap_or_default().as_chunks::<4>().0.iter().enumerate();
    // The second word is the major brand's version.
    words.filter(|(at, _)| *at != 1).map(|(_, brand)| brand)
}

/// Whether a whole content is plain text: UTF-8 without NUL.
pub fn is_plain_text(content: &[u8]) -> bool {
    !content.contains(&0) && std::str::from_utf8(content).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginnings of files that are of one type each, and of no other.
    const SAMPLES: [(MediaType, &[u8]); 12] = [
        (MediaType::Jpeg, b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"),
        (MediaType::Jpeg, b"\xff\xd8\xff\xe1\x00\x18Exif\x00"),
        (MediaType::Png, b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"),
        (MediaType::WebP, b"RIFF\x24\x00\x00\x00WEBPVP8 "),
        (MediaType::Gif, b"GIF87a\x01\x00\x01\x00"),
        (MediaType::Gif, b"GIF89a\x01\x00\x01\x00\x00<script>alert(1)</script>"),
        (MediaType::Avif, b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1miafMA1B"),
        (MediaType::Avif, b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00avifmiaf"),
        (MediaType::Pdf, b"%PDF-1.7\n\x00"),
        (MediaType::Mp4, b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"),
        (MediaType::Mp4, b"\x00\x00\x00\x14ftypXAVC\x00\x00\x00\x00iso2"),
        (MediaType::Text, "The teapot is broken. \u{1fad6}\n".as_bytes()),
    ];

    #[test]
    fn a_file_is_of_one_type() {
        for (of, content) in SAMPLES {
            for kind in MediaType::ALL {
                let is_of = match kind {
                    MediaType::Text => is_plain_text(content),
                    kind => kind.begins(content),
                };
                // These bytes of a GIF are also plain text.
                let is_also_text = kind == MediaType::Text && is_plain_text(content);
                assert_eq!(is_of, of == kind || is_also_text, "{of:?} as {kind:?}");
            }
        }
    }

    #[test]
    fn what_is_hostile_or_cut_has_no_type_but_text() {
        for content in [
            &b""[..],
            b"\x00",
            b"<!doctype html><script>alert(1)</script>",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"PK\x03\x04\x14\x00",
            b"MZ\x90\x00",
            b"\x7fELF",
            b" GIF89a",
            b"\xff\xd8",
            b"\x89PNG\r\n",
            b"RIFF\x24\x00\x00\x00WAVE",
            b"RIFF\x24\x00\x00\x00",
            b"%!PS-Adobe",
            b"\x00\x00\x00\x18ftyp",
            b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
            b"\x00\x00\x00\x1cftypheic\x00\x00\x00\x00mp42isom",
            b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ",
            b"\x00\x00\x00\x10ftypxxxxisom",
            b"\xff\xff\xff\xffftypxxxx",
            b"\x00\x00\x00\x00ftypisom",
        ] {
            for kind in MediaType::ALL {
                assert!(
                    kind == MediaType::Text || !kind.begins(content),
                    "{content:?} as {kind:?}"
                );
            }
        }
        assert!(!is_plain_text(b"a\x00b") && !is_plain_text(b"\xff\xfea\x00"));
        assert!(!is_plain_text("é".as_bytes().get(..1).expect("a byte")));
    }

    #[test]
    fn media_types_are_read_as_they_are_written() {
        for kind in MediaType::ALL {
            assert_eq!(MediaType::parse(kind.as_str()), Some(kind));
            assert_eq!(kind.is_image(), kind.as_str().starts_with("image/"));
        }
        for unknown in ["", "text/html", "image/svg+xml", "IMAGE/PNG", "text/plain; charset=x"] {
            assert_eq!(MediaType::parse(unknown), None, "{unknown}");
        }
    }
}
