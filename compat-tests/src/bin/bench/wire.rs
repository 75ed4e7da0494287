//! A raw Kafka client of a few requests, written by hand: it adds nothing to what is measured, and what it sends does not
//! change when the broker's own protocol code does.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const READ_LIMIT: Duration = Duration::from_secs(120);
const REPLY_BYTES_MAX: usize = 64 << 20;

/// Appends Kafka's non-flexible wire types.
#[derive(Default)]
pub struct Put(pub Vec<u8>);

impl Put {
    pub fn i8(mut self, value: i8) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }
    pub fn i16(mut self, value: i16) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }
    pub fn i32(mut self, value: i32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }
    pub fn i64(mut self, value: i64) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }
    pub fn text(self, value: &str) -> Self {
        let mut put = self.i16(value.len() as i16);
        put.0.extend(value.as_bytes());
        put
    }
    pub fn bytes(self, value: &[u8]) -> Self {
        let mut put = self.i32(value.len() as i32);
        put.0.extend(value);
        put
    }
    pub fn varint(mut self, value: i32) -> Self {
        let mut rest = ((value << 1) ^ (value >> 31)) as u32;
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
        self
    }
}

/// Reads Kafka's non-flexible wire types.
pub struct Take<'a>(pub &'a [u8]);

impl<'a> Take<'a> {
    fn take(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        self.0 = rest;
        Ok(taken)
    }
    pub fn i16(&mut self) -> io::Result<i16> {
        let mut raw = [0; 2];
        raw.copy_from_slice(self.take(2)?);
        Ok(i16::from_be_bytes(raw))
    }
    pub fn i32(&mut self) -> io::Result<i32> {
        let mut raw = [0; 4];
        raw.copy_from_slice(self.take(4)?);
        Ok(i32::from_be_bytes(raw))
    }
    pub fn i64(&mut self) -> io::Result<i64> {
        let mut raw = [0; 8];
        raw.copy_from_slice(self.take(8)?);
        Ok(i64::from_be_bytes(raw))
    }
    pub fn text(&mut self) -> io::Result<&'a str> {
        let length = self.i16()?;
        std::str::from_utf8(self.take(length.max(0) as usize)?).map_err(io::Error::other)
    }
    pub fn skip(&mut self, count: usize) -> io::Result<()> {
        self.take(count).map(|_| ())
    }
    /// A nullable string, skipped.
    pub fn skip_text(&mut self) -> io::Result<()> {
        let length = self.i16()?;
        self.skip(length.max(0) as usize)
    }
}

/// One warm connection; replies come in the order of the requests.
pub struct Wire {
    stream: TcpStream,
    correlation: i32,
    reply: Vec<u8>,
    /// Bytes in `reply` that were read, and those of them that were given out.
    got: usize,
    taken: usize,
}

impl Wire {
    pub fn connect(address: &str) -> io::Result<Wire> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(READ_LIMIT))?;
        Ok(Wire {
            stream,
            correlation: 0,
            reply: Vec::new(),
            got: 0,
            taken: 0,
        })
    }

    /// Sends a whole frame and returns the reply behind its length.
    pub fn exchange(&mut self, frame: &[u8]) -> io::Result<&[u8]> {
        self.stream.write_all(frame)?;
        self.receive()
    }

    /// Sends a request; its reply is to be received later.
    pub fn send(&mut self, key: i16, version: i16, body: &Put) -> io::Result<()> {
        self.correlation += 1;
        self.stream
            .write_all(&frame(key, version, self.correlation, &body.0))
    }

    /// Sends whole frames; their replies are to be received later.
    pub fn send_frames(&mut self, frames: &[u8]) -> io::Result<()> {
        self.stream.write_all(frames)
    }

    /// The next reply, behind its length; its correlation id is first.
    pub fn receive(&mut self) -> io::Result<&[u8]> {
        // What came behind the reply before.
        self.reply.copy_within(self.taken..self.got, 0);
        self.got -= std::mem::take(&mut self.taken);
        let mut wanted = 4;
        loop {
            if wanted == 4 && self.got >= 4 {
                wanted = 4 + Take(&self.reply).i32()? as usize;
                if wanted > REPLY_BYTES_MAX {
                    return Err(io::Error::other("reply too long"));
                }
            }
            if wanted > 4 && self.got >= wanted {
                self.taken = wanted;
                return Ok(self.reply.get(4..wanted).unwrap_or_default());
            }
            if self.reply.len() < wanted.max(4096) {
                self.reply.resize(wanted.max(4096), 0);
            }
            let room = self.reply.get_mut(self.got..).unwrap_or_default();
            let count = self.stream.read(room)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.got += count;
        }
    }

    pub fn call(&mut self, key: i16, version: i16, body: Put) -> io::Result<Take<'_>> {
        self.send(key, version, &body)?;
        self.reply()
    }

    /// The next reply, behind its correlation id.
    pub fn reply(&mut self) -> io::Result<Take<'_>> {
        let mut reply = Take(self.receive()?);
        reply.skip(4)?;
        Ok(reply)
    }

    /// Asks for topics (none: all) until each has a leader on every partition; auto-creates what is missing. Returns
    /// whether all are ready, and how many partitions were seen.
    pub fn metadata(&mut self, topics: Option<&[String]>, create: bool) -> io::Result<(bool, usize)> {
        let mut body = Put::default().i32(topics.map_or(-1, |names| names.len() as i32));
        for name in topics.unwrap_or_default() {
            body = body.text(name);
        }
        let mut reply = self.call(3, 4, body.i8(i8::from(create)))?;
        reply.i32()?;
        let brokers = reply.i32()?;
        let mut ready = brokers > 0;
        for _ in 0..brokers {
            reply.i32()?;
            reply.skip_text()?;
            reply.i32()?;
            reply.skip_text()?;
        }
        reply.skip_text()?;
        reply.i32()?;
        let mut partitions = 0;
        for _ in 0..reply.i32()? {
            ready &= reply.i16()? == 0;
            reply.skip_text()?;
            reply.skip(1)?;
            for _ in 0..reply.i32()? {
                ready &= reply.i16()? == 0;
                reply.i32()?;
                ready &= reply.i32()? >= 0;
                for _ in 0..2 {
                    let replicas = reply.i32()?;
                    reply.skip(replicas.max(0) as usize * 4)?;
                }
                partitions += 1;
            }
        }
        Ok((ready, partitions))
    }

    pub fn create_topics(&mut self, names: &[String], partitions: i32) -> io::Result<()> {
        let mut body = Put::default().i32(names.len() as i32);
        for name in names {
            body = body.text(name).i32(partitions).i16(1).i32(0).i32(0);
        }
        let mut reply = self.call(19, 2, body.i32(60_000).i8(0))?;
        reply.i32()?;
        for _ in 0..reply.i32()? {
            reply.skip_text()?;
            let error = reply.i16()?;
            reply.skip_text()?;
            if error != 0 {
                return Err(io::Error::other(format!("CreateTopics answers error {error}")));
            }
        }
        Ok(())
    }

    /// Sets configs of a topic (IncrementalAlterConfigs v0).
    pub fn alter_topic(&mut self, topic: &str, configs: &[(&str, &str)]) -> io::Result<()> {
        let mut body = Put::default().i32(1).i8(2).text(topic).i32(configs.len() as i32);
        for (name, value) in configs {
            body = body.text(name).i8(0).text(value);
        }
        let mut reply = self.call(44, 0, body.i8(0))?;
        reply.i32()?;
        for _ in 0..reply.i32()? {
            let error = reply.i16()?;
            reply.skip_text()?;
            reply.skip(1)?;
            reply.skip_text()?;
            if error != 0 {
                return Err(io::Error::other(format!(
                    "IncrementalAlterConfigs answers error {error}"
                )));
            }
        }
        Ok(())
    }

    /// One record into each of the partitions; the error codes' first that is not 0.
    pub fn produce(&mut self, topic: &str, partitions: i32, value: &[u8]) -> io::Result<i16> {
        self.correlation += 1;
        let frame = produce_frame(self.correlation, topic, partitions, value);
        let reply = self.exchange(&frame)?;
        produce_error(reply)
    }

    /// The sum of the end offsets of partitions `0..partitions` of the topics; None while one is not served.
    pub fn end_offsets(&mut self, topics: &[String], partitions: i32) -> io::Result<Option<i64>> {
        let mut body = Put::default().i32(-1).i32(topics.len() as i32);
        for name in topics {
            body = body.text(name).i32(partitions);
            for index in 0..partitions {
                body = body.i32(index).i64(-1);
            }
        }
        let mut reply = self.call(2, 1, body)?;
        let mut sum = Some(0);
        for _ in 0..reply.i32()? {
            reply.skip_text()?;
            for _ in 0..reply.i32()? {
                reply.i32()?;
                let error = reply.i16()?;
                reply.i64()?;
                let offset = reply.i64()?;
                sum = sum.filter(|_| error == 0).map(|so_far: i64| so_far + offset);
            }
        }
        Ok(sum)
    }
}

/// A whole request frame with header version 1.
pub fn frame(key: i16, version: i16, correlation: i32, body: &[u8]) -> Vec<u8> {
    let header = Put::default()
        .i16(key)
        .i16(version)
        .i32(correlation)
        .text("bench");
    let mut put = Put::default().i32((header.0.len() + body.len()) as i32);
    put.0.extend(header.0);
    put.0.extend(body);
    put.0
}

/// Produce v7, acks=all, one record of `value` into each of the partitions.
pub fn produce_frame(correlation: i32, topic: &str, partitions: i32, value: &[u8]) -> Vec<u8> {
    let batch = one_record_batch(value);
    let mut body = Put::default()
        .i16(-1)
        .i16(-1)
        .i32(30_000)
        .i32(1)
        .text(topic)
        .i32(partitions);
    for index in 0..partitions {
        body = body.i32(index).bytes(&batch);
    }
    frame(0, 7, correlation, &body.0)
}

/// The first error in a Produce v7 reply (behind its length), or 0.
pub fn produce_error(reply: &[u8]) -> io::Result<i16> {
    let mut reply = Take(reply);
    reply.skip(4)?;
    let mut first = 0;
    for _ in 0..reply.i32()? {
        reply.skip_text()?;
        for _ in 0..reply.i32()? {
            reply.i32()?;
            let error = reply.i16()?;
            first = if first == 0 { error } else { first };
            reply.skip(24)?;
        }
    }
    Ok(first)
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}

fn one_record_batch(value: &[u8]) -> Vec<u8> {
    let record = Put::default()
        .i8(0)
        .varint(0)
        .varint(0)
        .varint(-1)
        .varint(value.len() as i32);
    let mut record = record.0;
    record.extend(value);
    record.push(0);
    let now = now_ms();
    let mut tail = Put::default()
        .i16(0)
        .i32(0)
        .i64(now)
        .i64(now)
        .i64(-1)
        .i16(-1)
        .i32(-1)
        .i32(1)
        .varint(record.len() as i32);
    tail.0.extend(record);
    let head = Put::default().i64(0).i32((9 + tail.0.len()) as i32).i32(-1).i8(2);
    let mut batch = head.i32(crc32c::crc32c(&tail.0) as i32).0;
    batch.extend(tail.0);
    batch
}
