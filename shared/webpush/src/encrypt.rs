//! Encryption for one browser: RFC 8291, in the coding `aes128gcm` of RFC 8188 with one record.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use domain::PushKeys;

/// Longest plaintext, in bytes: with header, padding mark and tag it makes 4,096, the most that
/// every push service takes.
pub const MAX_PLAINTEXT: usize = 3_993;
/// The size of a record, in bytes.
const RECORD: u32 = 4_096;
/// Marks the end of the only record's content.
const LAST_RECORD: u8 = 2;

/// The text is too long, the browser's key is no point of the curve, or the system gives no random
/// numbers.
#[derive(Debug, thiserror::Error)]
#[error("a notification cannot be encrypted")]
pub struct Unencryptable;

/// Encrypts a text for the browser with these keys.
pub fn encrypt(keys: &PushKeys, text: &[u8]) -> Result<Vec<u8>, Unencryptable> {
    let ours = PrivateKey::generate(&ECDH_P256).map_err(|_| Unencryptable)?;
    let salt = app::random().map_err(|_| Unencryptable)?;
    encrypt_with(keys, text, &ours, salt)
}

/// Whether a browser's public key is a point of the curve.
pub fn is_usable(keys: &PushKeys) -> bool {
    encrypt(keys, &[]).is_ok()
}

fn encrypt_with(
    keys: &PushKeys,
    text: &[u8],
    ours: &PrivateKey,
    salt: [u8; 16],
) -> Result<Vec<u8>, Unencryptable> {
    if text.len() > MAX_PLAINTEXT {
        return Err(Unencryptable);
    }
    let theirs = keys.public_key();
    let public = ours.compute_public_key().map_err(|_| Unencryptable)?;
    let public = public.as_ref();
    let peer = UnparsedPublicKey::new(&ECDH_P256, &theirs);
    let shared: [u8; 32] = agree(ours, peer, Unencryptable, |secret| {
        let prk = Salt::new(HKDF_SHA256, &keys.auth()).extract(secret);
        expand(&prk, &[b"WebPush: info\0", &theirs, public])
    })?;
    let prk = Salt::new(HKDF_SHA256, &salt).extract(&shared);
    let key: [u8; 16] = expand(&prk, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = expand(&prk, &[b"Content-Encoding: nonce\0"])?;
    let key = UnboundKey::new(&AES_128_GCM, &key).map_err(|_| Unencryptable)?;
    let mut record = [text, &[LAST_RECORD]].concat();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)
        .map_err(|_| Unencryptable)?;
    let length = u8::try_from(public.len()).map_err(|_| Unencryptable)?;
    Ok([&salt, &RECORD.to_be_bytes() as &[u8], &[length], public, &record].concat())
}

/// A number of bytes as HKDF takes it.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Result<[u8; N], Unencryptable> {
    let mut bytes = [0; N];
    let filled = prk.expand(info, Length(N)).and_then(|material| material.fill(&mut bytes));
    filled.map_err(|_| Unencryptable)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::*;

    fn decoded(text: &str) -> Vec<u8> {
        BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64url")
    }

    /// The keys of the browser in RFC 8291, section 5 and appendix A.
    fn keys() -> PushKeys {
        let key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkN\
                   toIAiw4";
        PushKeys::parse(key, "BTBZMqHH6r4Tts7J_aSIgg").expect("keys")
    }

    #[test]
    fn the_example_of_rfc_8291_is_encrypted_byte_for_byte() {
        let ours = decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let ours = PrivateKey::from_private_key(&ECDH_P256, &ours).expect("a key");
        let salt = decoded("DGv6ra1nlYgDCS1FRnbzlw").try_into().expect("a salt");
        let text = b"When I grow up, I want to be a watermelon";
        let body = encrypt_with(&keys(), text, &ours, salt).expect("encrypted");
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
                        mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
                        pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(BASE64URL_NOPAD.encode(&body), expected);
    }

    #[test]
    fn a_body_has_at_most_4096_bytes() {
        let longest = encrypt(&keys(), &[b'x'; MAX_PLAINTEXT]).expect("encrypted");
        assert_eq!(longest.len(), 4_096);
        assert!(encrypt(&keys(), &[b'x'; MAX_PLAINTEXT + 1]).is_err());
        assert_ne!(encrypt(&keys(), b"x").unwrap(), encrypt(&keys(), b"x").unwrap());
    }

    #[test]
    fn a_key_that_is_no_point_of_the_curve_is_refused() {
        let mut key = keys().public_key();
        key[40] ^= 1;
        let keys = PushKeys::parse(&BASE64URL_NOPAD.encode(&key), &"A".repeat(22)).expect("keys");
        assert!(!is_usable(&keys) && encrypt(&keys, b"x").is_err());
    }
}
