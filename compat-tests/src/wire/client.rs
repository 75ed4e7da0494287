//! One connection to a broker, driven frame by frame.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::codec::{decode_response, encode_request};
use super::schema::{Versions, api};
use super::value::Value;

/// How long a test waits for a reply or a close before it fails.
pub const REPLY_DEADLINE: Duration = Duration::from_secs(25);

/// A raw connection. Every failure fails the test.
pub struct Client {
    stream: TcpStream,
    next_correlation_id: i32,
    /// Sent in each request header.
    pub client_id: String,
}

impl Client {
    /// Connects.
    #[track_caller]
    pub fn connect(addr: SocketAddr) -> Client {
        let stream = TcpStream::connect(addr).expect("the broker accepts connections");
        stream.set_nodelay(true).expect("set TCP_NODELAY");
        stream
            .set_read_timeout(Some(REPLY_DEADLINE))
            .expect("set a read timeout");
        Client {
            stream,
            next_correlation_id: 1,
            client_id: "compat".to_owned(),
        }
    }

    /// The socket itself.
    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Sends one request and reads its response.
    #[track_caller]
    pub fn call(&mut self, name: &str, version: i16, body: Value) -> Value {
        let sent = self.send(name, version, body);
        let (answered, response) = self.recv(name, version);
        assert_eq!(sent, answered, "correlation id of {name} v{version}");
        response
    }

    /// Sends one request; its correlation id comes back.
    #[track_caller]
    pub fn send(&mut self, name: &str, version: i16, body: Value) -> i32 {
        let correlation_id = self.next_correlation_id;
        self.next_correlation_id += 1;
        self.send_as(name, version, correlation_id, body);
        correlation_id
    }

    /// Sends one request under a chosen correlation id.
    #[track_caller]
    pub fn send_as(&mut self, name: &str, version: i16, correlation_id: i32, body: Value) {
        let frame = encode_request(api(name), version, correlation_id, &self.client_id, &body);
        self.send_frame(&frame);
    }

    /// Sends bytes with their length in front.
    #[track_caller]
    pub fn send_frame(&mut self, frame: &[u8]) {
        let mut bytes = (frame.len() as i32).to_be_bytes().to_vec();
        bytes.extend(frame);
        self.send_bytes(&bytes);
    }

    /// Sends bytes as they are.
    #[track_caller]
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the broker reads");
    }

    /// Reads the next response as one of `name` and `version`.
    #[track_caller]
    pub fn recv(&mut self, name: &str, version: i16) -> (i32, Value) {
        let frame = self.recv_frame();
        match decode_response(api(name), version, &frame) {
            Ok((correlation_id, answer)) => {
                crate::answers::note(name, version, &answer);
                (correlation_id, answer)
            }
            Err(error) => panic!("{error:#}: {frame:02x?}"),
        }
    }

    /// Reads the next frame, without its length.
    #[track_caller]
    pub fn recv_frame(&mut self) -> Vec<u8> {
        match self.try_recv_frame() {
            Ok(Some(frame)) => frame,
            Ok(None) => panic!("the broker closed the connection instead of answering"),
            Err(error) => panic!("no answer: {error}"),
        }
    }

    /// Reads the next frame; `None` when the broker has closed.
    pub fn try_recv_frame(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut len = [0; 4];
        if let Err(error) = self.stream.read_exact(&mut len) {
            return match error.kind() {
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Ok(None),
                _ => Err(error),
            };
        }
        let mut frame = vec![0; i32::from_be_bytes(len) as usize];
        self.stream.read_exact(&mut frame)?;
        Ok(Some(frame))
    }

    /// Waits for the broker to close, and fails if it answers instead.
    #[track_caller]
    pub fn expect_closed(&mut self) {
        match self.try_recv_frame() {
            Ok(None) => {}
            Ok(Some(frame)) => panic!("an answer of {} bytes instead of a close", frame.len()),
            Err(error) => panic!("neither close nor answer: {error}"),
        }
    }
}

/// All versions of an API in the table.
#[track_caller]
pub fn versions(name: &str) -> impl DoubleEndedIterator<Item = i16> {
    range(name).iter()
}

/// The range of an API in the table.
#[track_caller]
pub fn range(name: &str) -> Versions {
    api(name).versions
}
