//! The length prefix of a frame, and what else people send to a Kafka port.

/// Why the first four bytes are not the length of a request that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Length below zero.
    #[error("frame length {0} is negative: this is not a Kafka request")]
    Negative(i32),
    /// Length above the limit (`socket.request.max.bytes`).
    #[error("frame of {len} bytes is larger than the limit of {max} bytes (socket.request.max.bytes)")]
    TooLarge {
        /// Length in bytes that the client announced.
        len: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// A TLS handshake on a port without TLS.
    #[error("a TLS client hello came to a plaintext port: set security.protocol=PLAINTEXT in the client")]
    Tls,
    /// An HTTP request.
    #[error("an HTTP request ({0:?}) came to a Kafka port: this port does not speak HTTP")]
    Http(HttpStart),
}

/// The first four bytes of an HTTP request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HttpStart(pub [u8; 4]);

impl std::fmt::Debug for HttpStart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}…", self.0.escape_ascii())
    }
}

/// How methods of HTTP/1 and the preface of HTTP/2 begin.
const HTTP_STARTS: [[u8; 4]; 10] = [
    *b"GET ", *b"POST", *b"PUT ", *b"HEAD", *b"DELE", *b"OPTI", *b"PATC", *b"CONN", *b"TRAC", *b"PRI ",
];

/// Length in bytes of the frame behind its 4-byte prefix.
///
/// Foreign protocols are told apart only where the number is no usable length, so that no valid request is refused.
/// A frame of length 0 is let through: its decoding fails for want of a header, as in Kafka.
///
/// # Errors
/// The length is negative or above `max` bytes.
pub fn frame_len(prefix: [u8; 4], max: usize) -> Result<usize, FrameError> {
    let len = i32::from_be_bytes(prefix);
    match usize::try_from(len) {
        Ok(len) if len <= max => Ok(len),
        _ if HTTP_STARTS.contains(&prefix) => Err(FrameError::Http(HttpStart(prefix))),
        _ if is_tls_hello(prefix) => Err(FrameError::Tls),
        Ok(len) => Err(FrameError::TooLarge { len, max }),
        Err(_) => Err(FrameError::Negative(len)),
    }
}

/// TLS record: type 22 (handshake), version 3.0 to 3.4, then the high byte of a length of at most 16 KiB.
fn is_tls_hello(prefix: [u8; 4]) -> bool {
    let [kind, major, minor, len_high] = prefix;
    kind == 22 && major == 3 && minor <= 4 && len_high <= 0x40
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 100 * 1024 * 1024;

    #[test]
    fn lengths_up_to_the_limit_are_taken() {
        assert_eq!(frame_len(0i32.to_be_bytes(), MAX), Ok(0));
        assert_eq!(frame_len((MAX as i32).to_be_bytes(), MAX), Ok(MAX));
        let over = MAX as i32 + 1;
        assert_eq!(
            frame_len(over.to_be_bytes(), MAX),
            Err(FrameError::TooLarge {
                len: MAX + 1,
                max: MAX
            })
        );
        assert_eq!(
            frame_len((-1i32).to_be_bytes(), MAX),
            Err(FrameError::Negative(-1))
        );
        assert_eq!(
            frame_len(i32::MIN.to_be_bytes(), MAX),
            Err(FrameError::Negative(i32::MIN))
        );
    }

    #[test]
    fn foreign_protocols_are_named() {
        for method in ["GET /", "POST /", "HEAD /", "PUT /", "DELETE /", "PRI * HTTP/2.0"] {
            let mut prefix = [0; 4];
            prefix.copy_from_slice(&method.as_bytes()[..4]);
            let error = frame_len(prefix, MAX).unwrap_err();
            assert!(error.to_string().contains("HTTP request"), "{method}: {error}");
        }
        assert_eq!(frame_len([22, 3, 1, 2], MAX), Err(FrameError::Tls));
        assert_eq!(frame_len([22, 3, 3, 0], MAX), Err(FrameError::Tls));
    }

    #[test]
    fn a_length_within_the_limit_is_never_taken_for_something_else() {
        assert_eq!(frame_len([22, 3, 1, 2], i32::MAX as usize), Ok(0x1603_0102));
        assert_eq!(frame_len(*b"GET ", i32::MAX as usize), Ok(0x4745_5420));
    }
}
