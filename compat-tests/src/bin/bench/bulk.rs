//! Much data quickly: whole batches sent with several requests on the way, and read back without looking at them.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::wire::{Put, Take, frame, produce_error};

/// Requests that wait for their answers at a time.
const IN_FLIGHT: usize = 5;
const READ_LIMIT: Duration = Duration::from_secs(300);
const REPLY_BYTES_MAX: usize = 256 << 20;
/// What a Java consumer asks for: of a partition, and altogether.
const PARTITION_BYTES: i32 = 1 << 20;
const FETCH_BYTES: i32 = 50 << 20;

/// Records of one batch: keys (none: null) and the size of each value.
pub struct Shape {
    pub records: u32,
    pub value_size: usize,
}

/// A batch of `shape.records`, whose keys `key` gives, as it stands in a request.
pub fn batch(shape: &Shape, now_ms: i64, mut key: impl FnMut(u32) -> Option<[u8; 8]>) -> Vec<u8> {
    let mut records = Put::default();
    let value = vec![b'v'; shape.value_size];
    for index in 0..shape.records {
        let mut record = Put::default().i8(0).varint(0).varint(index as i32);
        record = match key(index) {
            None => record.varint(-1),
            Some(key) => {
                let mut record = record.varint(8);
                record.0.extend(key);
                record
            }
        };
        record = record.varint(value.len() as i32);
        record.0.extend(&value);
        record.0.push(0);
        records = records.varint(record.0.len() as i32);
        records.0.extend(record.0);
    }
    let last = shape.records as i32 - 1;
    let tail = Put::default()
        .i16(0)
        .i32(last)
        .i64(now_ms)
        .i64(now_ms)
        .i64(-1)
        .i16(-1)
        .i32(-1);
    let mut tail = tail.i32(shape.records as i32);
    tail.0.extend(records.0);
    let head = Put::default().i64(0).i32((9 + tail.0.len()) as i32).i32(-1).i8(2);
    let mut batch = head.i32(crc32c::crc32c(&tail.0) as i32).0;
    batch.extend(tail.0);
    batch
}

/// One connection that keeps requests on the way.
pub struct Bulk {
    stream: TcpStream,
    waiting: usize,
    reply: Vec<u8>,
}

impl Bulk {
    pub fn connect(address: &str) -> io::Result<Bulk> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(READ_LIMIT))?;
        Ok(Bulk {
            stream,
            waiting: 0,
            reply: Vec::new(),
        })
    }

    /// Sends a batch to a partition (acks=1); waits only when too many answers are outstanding.
    pub fn produce(&mut self, topic: &str, partition: i32, batch: &[u8]) -> io::Result<()> {
        let body = Put::default()
            .i16(-1)
            .i16(1)
            .i32(60_000)
            .i32(1)
            .text(topic)
            .i32(1)
            .i32(partition);
        self.stream.write_all(&frame(0, 7, 1, &body.bytes(batch).0))?;
        self.waiting += 1;
        while self.waiting > IN_FLIGHT {
            self.produced()?;
        }
        Ok(())
    }

    /// Waits for all answers.
    pub fn finish(&mut self) -> io::Result<()> {
        while self.waiting > 0 {
            self.produced()?;
        }
        Ok(())
    }

    fn produced(&mut self) -> io::Result<()> {
        self.waiting -= 1;
        match produce_error(self.read_reply()?)? {
            0 => Ok(()),
            error => Err(io::Error::other(format!("Produce answers error {error}"))),
        }
    }

    fn read_reply(&mut self) -> io::Result<&[u8]> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > REPLY_BYTES_MAX {
            return Err(io::Error::other("reply too long"));
        }
        self.reply.resize(length, 0);
        self.stream.read_exact(&mut self.reply)?;
        Ok(&self.reply)
    }

    /// Bytes and next offset of what a consumer gets of partition 0 from `offset` on (Fetch v4).
    pub fn fetch(&mut self, topic: &str, offset: i64) -> io::Result<(u64, i64)> {
        let body = Put::default()
            .i32(-1)
            .i32(500)
            .i32(1)
            .i32(FETCH_BYTES)
            .i8(0)
            .i32(1)
            .text(topic);
        let body = body.i32(1).i32(0).i64(offset).i32(PARTITION_BYTES);
        self.stream.write_all(&frame(1, 4, 1, &body.0))?;
        let mut reply = Take(self.read_reply()?);
        reply.skip(4 + 4 + 4)?;
        reply.skip_text()?;
        reply.skip(4 + 4)?;
        let error = reply.i16()?;
        if error != 0 {
            return Err(io::Error::other(format!("Fetch answers error {error}")));
        }
        reply.skip(8 + 8)?;
        let aborted = reply.i32()?.max(0) as usize;
        reply.skip(16 * aborted)?;
        let length = reply.i32()?.max(0) as usize;
        let records = reply.0.get(..length).unwrap_or_default();
        Ok((length as u64, next_offset(records).unwrap_or(offset)))
    }
}

/// The offset behind the last whole batch.
fn next_offset(mut records: &[u8]) -> Option<i64> {
    let mut next = None;
    while let Some(size) = records.get(8..12).and_then(|field| Take(field).i32().ok()) {
        let Some((batch, rest)) = records.split_at_checked(12 + size.max(0) as usize) else {
            break;
        };
        let base = Take(batch).i64().ok()?;
        next = Some(base + i64::from(Take(batch.get(23..)?).i32().ok()?) + 1);
        records = rest;
    }
    next
}
