//! Kafka's text form of a UUID: URL-safe base64 without padding, 22 characters.

use uuid::Uuid;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TEXT_LEN: usize = 22;

/// Text form of `id` (`org.apache.kafka.common.Uuid#toString`).
pub fn encode_uuid(id: Uuid) -> String {
    let mut bits = id.as_u128();
    // 128 bits fill 21 characters and two bits of the last one.
    let mut text = [b'A'; TEXT_LEN];
    for (i, out) in text.iter_mut().enumerate().rev() {
        let digit = if i == TEXT_LEN - 1 {
            let digit = (bits & 0b11) << 4;
            bits >>= 2;
            digit
        } else {
            let digit = bits & 0b11_1111;
            bits >>= 6;
            digit
        };
        *out = ALPHABET.get(digit as usize).copied().unwrap_or(b'A');
    }
    text.iter().map(|b| char::from(*b)).collect()
}

/// The UUID that a text stands for; `None` unless it is 22 characters of URL-safe base64.
pub fn decode_uuid(text: &str) -> Option<Uuid> {
    if text.len() != TEXT_LEN {
        return None;
    }
    let mut bits: u128 = 0;
    for (i, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|a| *a == byte)? as u128;
        bits = if i == TEXT_LEN - 1 {
            (bits << 2) | (digit >> 4)
        } else {
            (bits << 6) | digit
        };
    }
    Some(Uuid::from_u128(bits))
}

/// `id`, changed if need be so that its text does not start with `-` (Kafka avoids such ids: tools
/// would take them for options).
pub(super) fn without_leading_dash(id: Uuid) -> Uuid {
    if encode_uuid(id).starts_with('-') {
        Uuid::from_u128(id.as_u128() ^ (1 << 126))
    } else {
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_texts() {
        // Kafka's METADATA_TOPIC_ID and ZERO_UUID.
        assert_eq!(encode_uuid(Uuid::from_u128(1)), "AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(encode_uuid(Uuid::nil()), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(decode_uuid("AAAAAAAAAAAAAAAAAAAAAQ"), Some(Uuid::from_u128(1)));
        assert_eq!(decode_uuid("AAAAAAAAAAAAAAAAAAAAA="), None);
        assert_eq!(decode_uuid("short"), None);
    }

    #[test]
    fn round_trip() {
        for i in 0..200u128 {
            let id = Uuid::from_u128(i.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
            assert_eq!(decode_uuid(&encode_uuid(id)), Some(id));
            assert!(!encode_uuid(without_leading_dash(id)).starts_with('-'));
        }
    }
}
