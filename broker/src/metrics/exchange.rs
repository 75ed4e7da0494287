//! One client of the metrics: a request of HTTP/1, its answer, and the end of the connection.

use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::text::CONTENT_TYPE;
use crate::env::Env;

/// The longest head of a request.
const HEAD_BYTES_MAX: usize = 8 * 1024;
/// The most headers of a request.
const HEADERS_MAX: usize = 64;
/// How long a client may take to send its request.
const HEAD_MS: i64 = 5_000;
/// How long it may take to read the answer and to hang up.
const ANSWER_MS: i64 = 5_000;
/// What is read of a request beyond its head, so that the client is not cut off before it has read the answer.
const REST_BYTES_MAX: usize = 64 * 1024;
/// How often the clock is looked at, which may be moved.
const LOOK_MS: i64 = 100;

const TEXT: &str = "text/plain; charset=utf-8";

/// What a request is to be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Metrics,
    OtherMethod,
    OtherPath,
    TooLong,
    Nonsense,
}

/// Reads one request and answers it; `page` makes the metrics.
///
/// # Errors
/// When the client is gone or takes too long.
pub(super) async fn exchange<S>(
    mut stream: S,
    env: &Env,
    page: impl FnOnce() -> Result<String, fmt::Error>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(asked) = in_time(env, HEAD_MS, read_head(&mut stream)).await? else {
        return Ok(());
    };
    let answer = answer(asked, page);
    in_time(env, ANSWER_MS, deliver(&mut stream, answer.as_bytes())).await
}

/// Gives the work up once so much time has passed by the clock.
async fn in_time<T>(env: &Env, ms: i64, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let deadline_ms = env.clock.monotonic_ms().saturating_add(ms);
    let time_up = async {
        loop {
            let left_ms = deadline_ms - env.clock.monotonic_ms();
            if left_ms <= 0 {
                return;
            }
            env.sleep_ms(left_ms.min(LOOK_MS)).await;
        }
    };
    tokio::select! {
        done = work => done,
        () = time_up => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// `None` when the client hung up before it asked for anything.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Asked>> {
    let mut head = [0; HEAD_BYTES_MAX];
    let mut length = 0;
    loop {
        let room = head.get_mut(length..).unwrap_or_default();
        if room.is_empty() {
            return Ok(Some(Asked::TooLong));
        }
        match stream.read(room).await? {
            0 if length == 0 => return Ok(None),
            0 => return Ok(Some(Asked::Nonsense)),
            n => length += n,
        }
        if let Some(asked) = judge(head.get(..length).unwrap_or_default()) {
            return Ok(Some(asked));
        }
    }
}

/// What the head of a request asks for; `None` while it is not all there.
fn judge(head: &[u8]) -> Option<Asked> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Partial) => return None,
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Some(Asked::TooLong),
        Err(_) => return Some(Asked::Nonsense),
    }
    let path = request.path.and_then(|path| path.split('?').next());
    Some(match (request.method, path) {
        (_, path) if path != Some("/metrics") => Asked::OtherPath,
        (Some("GET"), _) => Asked::Metrics,
        _ => Asked::OtherMethod,
    })
}

fn answer(asked: Asked, page: impl FnOnce() -> Result<String, fmt::Error>) -> String {
    let (status, content_type, body) = match asked {
        Asked::Metrics => match page() {
            Ok(page) => ("200 OK", CONTENT_TYPE, page),
            Err(_) => (
                "500 Internal Server Error",
                TEXT,
                "The metrics could not be written down.\n".to_owned(),
            ),
        },
        Asked::OtherPath => (
            "404 Not Found",
            TEXT,
            "There is nothing here; metrics are at /metrics.\n".to_owned(),
        ),
        Asked::OtherMethod => (
            "405 Method Not Allowed\r\nAllow: GET",
            TEXT,
            "Metrics can only be read: ask with GET.\n".to_owned(),
        ),
        Asked::TooLong => (
            "431 Request Header Fields Too Large",
            TEXT,
            format!("A request has {HEAD_BYTES_MAX} bytes and {HEADERS_MAX} headers at most.\n"),
        ),
        Asked::Nonsense => (
            "400 Bad Request",
            TEXT,
            "This is no request of HTTP/1.1.\n".to_owned(),
        ),
    };
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// Writes the answer, and waits for the client to hang up: closing with unread bytes would take the answer back.
async fn deliver(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), answer: &[u8]) -> io::Result<()> {
    stream.write_all(answer).await?;
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    let mut length = 0;
    while length < REST_BYTES_MAX {
        match stream.read(&mut rest).await? {
            0 => break,
            n => length += n,
        }
    }
    Ok(())
}
