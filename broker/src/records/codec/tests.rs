//! Known bytes, hostile ones, and what was written read back.

use super::*;
use proptest::prelude::*;

#[test]
fn known_bytes() {
    let mut w = Writer::new();
    w.uvarint(300);
    w.string(false, "ab");
    w.nullable_string(false, None);
    w.string(true, "ab");
    w.nullable_string(true, None);
    w.vec(true, &[1i32, -1], |w, v| w.i32(*v));
    w.nullable_array::<i32>(false, None, |w, v| w.i32(*v));
    let mut inner = Writer::new();
    inner.bool(true);
    w.tagged_fields(&[(5, inner)]);
    let bytes = w.into_bytes();
    assert_eq!(
        bytes,
        [
            0xac, 2, 0, 2, b'a', b'b', 0xff, 0xff, 3, b'a', b'b', 0, 3, 0, 0, 0, 1, 255, 255, 255, 255, 255,
            255, 255, 255, 1, 5, 1, 1
        ]
    );
    let mut r = Reader::new(&bytes);
    assert_eq!(r.uvarint(), Ok(300));
    assert_eq!(r.string(false).unwrap(), "ab");
    assert_eq!(r.nullable_string(false), Ok(None));
    assert_eq!(r.string(true).unwrap(), "ab");
    assert_eq!(r.nullable_string(true), Ok(None));
    assert_eq!(r.vec(true, Reader::i32), Ok(vec![1, -1]));
    assert_eq!(r.nullable_array(false, Reader::i32), Ok(None));
    let mut seen = Vec::new();
    r.tagged_fields(|tag, r| {
        seen.push((tag, r.bool()?));
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, [(5, true)]);
    assert_eq!(r.remaining(), 0);
}

#[test]
fn hostile_lengths_are_errors() {
    assert_eq!(
        Reader::new(&[0x7f, 0xff, 0xff, 0xff]).vec(false, Reader::i8),
        Err(CodecError::Truncated)
    );
    assert_eq!(Reader::new(&[0xff; 5]).uvarint(), Err(CodecError::VarintTooLong));
    assert_eq!(
        Reader::new(&[0xff, 0xfe]).nullable_string(false),
        Err(CodecError::InvalidLength)
    );
    assert_eq!(
        Reader::new(&[0, 1, 0xff]).string(false),
        Err(CodecError::InvalidUtf8)
    );
    assert_eq!(Reader::new(&[0]).string(true), Err(CodecError::InvalidLength));
}

#[test]
fn long_plain_string_is_cut_at_a_character() {
    let mut w = Writer::new();
    w.string(false, &"é".repeat(20_000));
    let bytes = w.into_bytes();
    assert_eq!(Reader::new(&bytes).string(false).unwrap(), "é".repeat(16_383));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn strings_and_bytes_come_back(text in proptest::option::of(".{0,40}"), flexible: bool, number: u32,
                                   data in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300))) {
        let mut w = Writer::new();
        w.nullable_string(flexible, text.as_deref());
        w.nullable_bytes(flexible, data.as_deref());
        w.uvarint(number);
        let bytes = w.into_bytes();
        let mut r = Reader::new(&bytes);
        prop_assert_eq!(r.nullable_string(flexible).unwrap(), text);
        prop_assert_eq!(r.nullable_bytes(flexible).unwrap(), data.as_deref());
        prop_assert_eq!(r.uvarint().unwrap(), number);
        prop_assert_eq!(r.remaining(), 0);
    }
}
