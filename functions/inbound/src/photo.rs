//! Photos without what the camera wrote beside the picture: place, time and device. A browser draws
//! a photo anew before it is uploaded; here only the picture's own parts are kept.

use exif::{In, Reader, Tag};
use img_parts::jpeg::{JpegSegment, markers};
use img_parts::webp::CHUNK_XMP;
use img_parts::{Bytes, DynImage, ImageEXIF};

/// The chunks of a PNG with texts and the time of the last change. Editors keep all they know
/// there.
const TEXTS: [[u8; 4]; 4] = [*b"tEXt", *b"zTXt", *b"iTXt", *b"tIME"];

/// The bytes of a file, and of a photo the size.
pub(crate) struct Photo {
    pub(crate) bytes: Vec<u8>,
    /// Width and height in pixels, as it is shown.
    pub(crate) size: Option<(u32, u32)>,
}

impl Photo {
    /// Removes the camera's data from a JPEG, PNG or WebP that can be read. Its pixels and colours
    /// stay the same, and so does the side that is up. Any other file stays as it is: no phone
    /// mails its photos in one.
    pub(crate) fn without_camera_data(bytes: Vec<u8>) -> Self {
        let bytes = Bytes::from(bytes);
        let Ok(Some(mut image)) = DynImage::from_bytes(bytes.clone()) else {
            return Self { bytes: bytes.into(), size: None };
        };
        let turned = image.exif().as_ref().and_then(orientation);
        match &mut image {
            DynImage::Jpeg(jpeg) => jpeg.segments_mut().retain(is_of_picture),
            DynImage::Png(png) => png.chunks_mut().retain(|chunk| !TEXTS.contains(&chunk.kind())),
            DynImage::WebP(webp) => webp.remove_chunks_by_id(CHUNK_XMP),
        }
        image.set_exif(turned.map(only_orientation));
        let size = image.dimensions().map(|(width, height)| match turned {
            // A quarter turn.
            Some(5..) => (height, width),
            _ => (width, height),
        });
        let length = length_without_scans(&image);
        let mut bytes = Vec::from(image.encoder().bytes());
        let end = bytes.get(length..).map(end_of_scans).unwrap_or_default();
        bytes.truncate(length + end);
        Self { bytes, size }
    }
}

/// The length of a file but for a JPEG's scans, which are at its end.
fn length_without_scans(image: &DynImage) -> usize {
    match image {
        DynImage::Jpeg(jpeg) => 2 + jpeg.segments().iter().map(JpegSegment::len).sum::<usize>(),
        DynImage::Png(_) | DynImage::WebP(_) => image.len(),
    }
}

/// How the picture is turned or mirrored, from 2 to 8; 1 is as it is stored.
fn orientation(exif: &Bytes) -> Option<u8> {
    let exif = Reader::new().continue_on_error(true).read_raw(exif.to_vec());
    let exif = exif.or_else(|error| error.distill_partial_result(|_| ())).ok()?;
    let value = exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    u8::try_from(value).ok().filter(|value| (2..=8).contains(value))
}

/// Exif data with nothing but the orientation: one directory with one entry, as TIFF has it.
fn only_orientation(value: u8) -> Bytes {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.push(value);
    tiff.extend([0; 6]);
    tiff.into()
}

/// Whether a picture needs this segment of its file: all but data of applications and comments, and
/// of those data colours.
fn is_of_picture(segment: &JpegSegment) -> bool {
    match segment.marker() {
        markers::APP0 => segment.contents().starts_with(b"JFIF\0"),
        markers::APP2 => segment.contents().starts_with(b"ICC_PROFILE\0"),
        markers::APP14 => segment.contents().starts_with(b"Adobe"),
        markers::APP1..=markers::APP15 | markers::COM => false,
        _ => true,
    }
}

/// The length of a picture's scans, with the end mark. Phones put a second picture behind it, with
/// data of its own. A scan has no length: a marker ends it, a byte 0xff that neither a zero nor the
/// number of a restart follows.
fn end_of_scans(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some([first, second]) = rest.get(at..).and_then(<[u8]>::first_chunk::<2>) {
        at += match (*first, *second) {
            (markers::P, markers::EOI) => return at + 2,
            (markers::P, markers::Z | markers::RST0..=markers::RST7) => 2,
            // A fill byte, or within a scan.
            (markers::P, markers::P) => 1,
            // Tables, and the header of the next scan.
            (markers::P, _) => match rest.get(at + 2..).and_then(<[u8]>::first_chunk) {
                Some(length) => 2 + usize::from(u16::from_be_bytes(*length)),
                None => return rest.len(),
            },
            _ => 1,
        };
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Photos of 12 × 8 pixels. Those of a phone name a place and a camera, and are to be turned by
    /// a quarter; `phone.jpg` has a second picture behind the first one.
    const PHONE_JPEG: &[u8] = include_bytes!("../tests/photos/phone.jpg");
    const PROGRESSIVE_JPEG: &[u8] = include_bytes!("../tests/photos/progressive.jpg");
    const PHONE_WEBP: &[u8] = include_bytes!("../tests/photos/phone.webp");
    const EDITOR_PNG: &[u8] = include_bytes!("../tests/photos/editor.png");
    const PLAIN: [&[u8]; 3] = [
        include_bytes!("../tests/photos/plain.jpg"),
        include_bytes!("../tests/photos/plain.png"),
        include_bytes!("../tests/photos/plain.webp"),
    ];

    fn cleaned(bytes: &[u8]) -> Photo {
        Photo::without_camera_data(bytes.to_vec())
    }

    fn count(bytes: &[u8], word: &[u8]) -> usize {
        bytes.windows(word.len()).filter(|window| *window == word).count()
    }

    #[test]
    fn place_camera_and_texts_are_removed() {
        for photo in [PHONE_JPEG, PROGRESSIVE_JPEG, PHONE_WEBP, EDITOR_PNG] {
            assert!(count(photo, b"Secret") > 0, "the original has them");
            let photo = cleaned(photo);
            assert_eq!(count(&photo.bytes, b"Secret"), 0);
            // The tag of a place, in both orders of bytes.
            assert_eq!(count(&photo.bytes, b"\x88\x25") + count(&photo.bytes, b"\x25\x88"), 0);
            assert_eq!(photo.size, Some((8, 12)), "as it is shown");
            let exif = DynImage::from_bytes(photo.bytes.into()).unwrap().unwrap().exif().unwrap();
            assert_eq!((orientation(&exif), exif.len()), (Some(6), 26), "nothing but what is up");
        }
    }

    #[test]
    fn the_picture_and_its_colours_stay() {
        let scans = |jpeg: &[u8]| {
            let tables = jpeg.windows(2).position(|two| two == [markers::P, markers::DQT]).unwrap();
            let end = jpeg.windows(2).rposition(|two| two == [markers::P, markers::EOI]).unwrap();
            jpeg[tables..end].to_vec()
        };
        let photo = cleaned(PHONE_JPEG).bytes;
        assert_eq!(count(&photo, &[markers::P, markers::EOI]), 1, "the second picture is gone");
        assert_eq!(count(&photo, b"ICC_PROFILE"), 1);
        assert_eq!(scans(&photo), scans(PLAIN[0]), "without its second picture and its data");
        let progressive = cleaned(PROGRESSIVE_JPEG).bytes;
        assert_eq!(scans(&progressive), scans(PROGRESSIVE_JPEG), "all scans");
        assert_eq!(count(&cleaned(PHONE_WEBP).bytes, b"ICCP"), 1);
    }

    #[test]
    fn what_has_no_such_data_stays_as_it_is() {
        for photo in PLAIN {
            let after = cleaned(photo);
            assert_eq!((after.bytes.as_slice(), after.size), (photo, Some((12, 8))));
        }
        for other in [&b"%PDF-1.7"[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b""] {
            let after = cleaned(other);
            assert_eq!((after.bytes.as_slice(), after.size), (other, None));
        }
    }

    proptest! {
        #[test]
        fn a_damaged_photo_breaks_nothing(
            photo in prop::sample::select(vec![PHONE_JPEG, PROGRESSIVE_JPEG, PHONE_WEBP]),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            length in any::<prop::sample::Index>(),
        ) {
            let mut photo = photo.to_vec();
            for (at, byte) in changes {
                let at = at.index(photo.len());
                photo[at] = byte;
            }
            photo.truncate(length.index(photo.len()) + 1);
            // At most the 36 bytes of the orientation are added.
            prop_assert!(cleaned(&photo).bytes.len() <= photo.len() + 64);
        }
    }
}
