//! Fuzz targets: one plain function per decoder, for any bytes. None may panic.

use bytes::Bytes;
use protocol_shim::{API_TABLE, decode_request, decode_response, frame_len};

/// A fuzz target.
pub type Target = fn(&[u8]);

/// Every target and its name.
pub const TARGETS: [(&str, Target); 3] = [("request", request), ("response", response), ("frame", frame)];

/// A frame with a request of any API in any version.
pub fn request(data: &[u8]) {
    let _ = decode_request(Bytes::copy_from_slice(data));
}

/// Two bytes choose API and version, the rest is the frame of a response.
pub fn response(data: &[u8]) {
    let Some(([api, version], frame)) = data.split_first_chunk() else {
        return;
    };
    let row = API_TABLE[usize::from(*api) % API_TABLE.len()];
    let versions = row.max - row.min + 1;
    let version = row.min + i16::from(*version) % versions;
    let _ = decode_response(row.key, version, Bytes::copy_from_slice(frame));
}

/// The first bytes of a connection.
pub fn frame(data: &[u8]) {
    let Some(prefix) = data.first_chunk() else { return };
    for max in [0, 1024, 100 << 20, i32::MAX as usize] {
        let len = frame_len(*prefix, max);
        assert!(len.is_err() || len.is_ok_and(|len| len <= max));
    }
}
