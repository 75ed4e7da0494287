//! File ranges that go to the socket without passing through the broker's memory (`docs/decisions/0006`).

use std::io;
use std::os::fd::AsFd;

use rustix::net::SendFlags;
use storage::File;
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Sends a range of a file as far as the system does that by itself, waiting for the disk where blocking is allowed.
/// Answers how many bytes: fewer than `len` where the file ends or cannot be handed on, and the rest has to be read.
pub(super) async fn send_file(
    stream: &TcpStream,
    file: &dyn File,
    position: u64,
    len: usize,
) -> io::Result<usize> {
    let mut done = 0;
    while done < len {
        stream.writable().await?;
        let send = || file.send_to(stream.as_fd(), position + done as u64, len - done);
        match tokio::task::block_in_place(|| stream.try_io(Interest::WRITABLE, send)) {
            Ok(Some(n)) if n > 0 => done += n,
            Ok(_) => break,
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Writes all of `bytes`, without asking the system to send them before what follows at once.
pub(super) async fn write_before_more(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        let flags = SendFlags::MORE | SendFlags::NOSIGNAL;
        match stream.try_io(Interest::WRITABLE, || {
            Ok(rustix::net::send(stream, bytes, flags)?)
        }) {
            Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
