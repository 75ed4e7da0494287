//! What the client gets, whichever way the bytes take.

use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;

use storage::{Chunk, File, FileSystem, OpenMode, RealFs, SimFs};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use super::outbound::Outbound;
use crate::dispatch::{Piece, Records, ReplyFrame};

const FILE_BYTES: usize = 1_000_003;

fn content() -> Vec<u8> {
    (0..FILE_BYTES).map(|i| (i * 7 + i / 251) as u8).collect()
}

fn written(fs: &dyn FileSystem, path: &Path) -> Arc<dyn File> {
    let file = fs.open(path, OpenMode::CreateNew).unwrap();
    let content = content();
    let mut done = 0;
    while done < content.len() {
        done += file
            .write_at(&[IoSlice::new(&content[done..])], done as u64)
            .unwrap();
    }
    file
}

async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap());
    let (client, accepted) = tokio::join!(client, listener.accept());
    (client.unwrap(), accepted.unwrap().0)
}

/// Sends headers, and ranges of a file of which some go directly; answers what came.
async fn sent(file: &Arc<dyn File>, ranges: &[(u64, u32)]) -> (io::Result<()>, Vec<u8>) {
    let (mut client, mut stream) = sockets().await;
    let mut pieces = Vec::new();
    for (position, len) in ranges {
        pieces.push(Piece::Bytes(format!("{position}+{len}:").into()));
        pieces.push(Piece::Records(Records(Chunk::File {
            file: Arc::clone(file),
            position: *position,
            len: *len,
        })));
    }
    pieces.push(Piece::Bytes("end".into()));
    let serve = async move {
        let mut outbound = Outbound::default();
        outbound.push(&mut stream, ReplyFrame { pieces }).await?;
        outbound.flush(&mut stream).await
    };
    let mut got = Vec::new();
    let (served, read) = tokio::join!(serve, client.read_to_end(&mut got));
    read.unwrap();
    (served, got)
}

fn expected(ranges: &[(u64, u32)]) -> Vec<u8> {
    let (content, mut all) = (content(), Vec::new());
    for (position, len) in ranges {
        all.extend(format!("{position}+{len}:").bytes());
        all.extend(&content[*position as usize..][..*len as usize]);
    }
    all.extend(b"end");
    all
}

/// A file of which nothing is in the page cache, and that can be forbidden to be read.
#[derive(Debug)]
struct Cold {
    file: Arc<dyn File>,
    readable: bool,
}

impl Cold {
    fn of(file: &Arc<dyn File>, readable: bool) -> Arc<dyn File> {
        let file = Arc::clone(file);
        Arc::new(Cold { file, readable })
    }
}

impl File for Cold {
    fn read_at(&self, buf: &mut [u8], position: u64) -> io::Result<usize> {
        match self.readable {
            true => self.file.read_at(buf, position),
            false => Err(io::Error::other("read")),
        }
    }
    fn try_read_at(&self, _buf: &mut [u8], _position: u64) -> io::Result<Option<usize>> {
        Ok(None)
    }
    fn send_to(&self, socket: BorrowedFd<'_>, position: u64, len: usize) -> io::Result<Option<usize>> {
        self.file.send_to(socket, position, len)
    }
    fn write_at(&self, bufs: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
        self.file.write_at(bufs, position)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// Short and long, aligned and not, up to the last byte.
const RANGES: &[(u64, u32)] = &[
    (0, 131_072),
    (5, 100),
    (4099, 700_001),
    (0, 1_000_003),
    (999_000, 1003),
    (131_071, 262_144),
];

#[tokio::test(flavor = "multi_thread")]
async fn ranges_of_files_come_whole_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let warm = written(&RealFs, &dir.path().join("log"));
    let cold = Cold::of(&warm, true);
    for file in [warm, cold] {
        let (served, got) = sent(&file, RANGES).await;
        served.unwrap();
        assert!(got == expected(RANGES));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_handed_on_is_read() {
    let file = written(&SimFs::new(1), Path::new("/log"));
    let file = Cold::of(&file, true);
    let (served, got) = sent(&file, RANGES).await;
    served.unwrap();
    assert!(got == expected(RANGES));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_ends_early_ends_the_connection() {
    let dir = tempfile::tempdir().unwrap();
    let warm = written(&RealFs, &dir.path().join("log"));
    let cold = Cold::of(&warm, true);
    for file in [warm, cold] {
        let (served, got) = sent(&file, &[(500_000, 600_000)]).await;
        assert_eq!(served.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let from = "500000+600000:".len();
        assert!(content()[500_000..].starts_with(&got[from..]));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_in_the_page_cache_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let log = written(&RealFs, &dir.path().join("log"));
    let file = Cold::of(&log, false);
    let long: Vec<_> = RANGES.iter().copied().filter(|(_, len)| *len > 100_000).collect();
    let (served, got) = sent(&file, &long).await;
    served.unwrap();
    assert!(got == expected(&long));
}
