//! The golden vectors: bodies of requests and responses as Apache's own client library writes them.
#![allow(dead_code)]

use bytes::{BufMut, Bytes, BytesMut};
use protocol_shim::{API_TABLE, ApiKey, Piece, RecordsChunk, Reply};

/// One line of a golden file.
pub struct Vector {
    pub key: ApiKey,
    pub is_request: bool,
    pub version: i16,
    /// Every field set, or null and empty wherever allowed.
    pub is_full: bool,
    pub body: Bytes,
}

impl Vector {
    /// The body behind a header, as a frame without length prefix.
    pub fn frame(&self) -> Bytes {
        let mut frame = BytesMut::new();
        if self.is_request {
            frame.put_i16(self.key.code());
            frame.put_i16(self.version);
            frame.put_i32(CORRELATION_ID);
            frame.put_slice(b"\x00\x02me");
            if self.key.row().request_header_version(self.version) == 2 {
                // One tagged field that nobody knows: it is to be skipped.
                frame.put_slice(&[1, 9, 3, 1, 2, 3]);
            }
        } else {
            frame.put_i32(CORRELATION_ID);
            if self.key.row().response_header_version(self.version) == 1 {
                frame.put_u8(0);
            }
        }
        frame.put_slice(&self.body);
        frame.freeze()
    }
}

pub const CORRELATION_ID: i32 = 0x0a0b_0c0d;

pub fn golden(name: &str) -> String {
    let path = format!("{}/tests/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2));
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

pub fn vectors() -> Vec<Vector> {
    API_TABLE.iter().flat_map(|row| vectors_of(row.key)).collect()
}

pub fn vectors_of(key: ApiKey) -> Vec<Vector> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split(' ').collect();
        let [direction, version, fill, body] = fields[..] else {
            panic!("{key}: {line}")
        };
        Vector {
            key,
            is_request: direction == "request",
            version: version.parse().unwrap(),
            is_full: fill == "full",
            body: hex(body).into(),
        }
    };
    golden(key.name())
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(line)
        .collect()
}

/// All pieces of a reply in one, without the length prefix, which is checked.
pub fn flatten(reply: &Reply) -> Bytes {
    let mut all = BytesMut::new();
    for piece in &reply.pieces {
        match piece {
            Piece::Bytes(bytes) | Piece::Records(bytes) => all.put_slice(bytes),
        }
    }
    assert_eq!(all.len(), reply.size_in_bytes());
    assert!(reply.pieces.iter().all(|piece| !piece.is_empty()));
    let rest = all.split_off(4);
    assert_eq!(
        all[..],
        u32::try_from(RecordsChunk::len(&rest.clone().freeze()))
            .unwrap()
            .to_be_bytes()
    );
    rest.freeze()
}
