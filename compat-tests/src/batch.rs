//! Record batches of format 2, built and read byte by byte, so that tests can also build wrong ones.

use std::io::{Read, Write};

use anyhow::{Context, Result, bail, ensure};

/// A header of a record.
pub type Header = (Vec<u8>, Option<Vec<u8>>);

/// One record, to write or as read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Offset as read; ignored when written.
    pub offset: i64,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<Header>,
}

impl Record {
    /// A record without key and headers, of the present time.
    pub fn of(value: impl AsRef<[u8]>) -> Record {
        Record {
            timestamp: now_ms(),
            value: Some(value.as_ref().to_vec()),
            ..Record::default()
        }
    }

    /// With a key.
    pub fn keyed(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Record {
        Record {
            key: Some(key.as_ref().to_vec()),
            ..Record::of(value)
        }
    }

    /// With a timestamp.
    pub fn at(mut self, timestamp: i64) -> Record {
        self.timestamp = timestamp;
        self
    }
}

/// The wall clock in milliseconds since the epoch.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("the clock is past 1970").as_millis() as i64
}

/// How the records of a batch are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// Every codec.
pub const CODECS: [Codec; 5] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

impl Codec {
    /// Packs bytes (snappy without Java's framing).
    pub fn pack(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Codec::None => bytes.to_vec(),
            Codec::Gzip => {
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                gzip.write_all(bytes).expect("memory takes all");
                gzip.finish().expect("memory takes all")
            }
            Codec::Snappy => snap::raw::Encoder::new()
                .compress_vec(bytes)
                .expect("input below 4 GiB"),
            Codec::Lz4 => {
                let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
                lz4.write_all(bytes).expect("memory takes all");
                lz4.finish().expect("memory takes all")
            }
            Codec::Zstd => zstd::encode_all(bytes, 3).expect("memory takes all"),
        }
    }

    /// Unpacks what [`Codec::pack`] or the broker packed.
    pub fn unpack(self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        match self {
            Codec::None => out.extend(bytes),
            Codec::Gzip => drop(flate2::read::GzDecoder::new(bytes).read_to_end(&mut out)?),
            Codec::Snappy => out = unpack_snappy(bytes)?,
            Codec::Lz4 => drop(lz4_flex::frame::FrameDecoder::new(bytes).read_to_end(&mut out)?),
            Codec::Zstd => out = zstd::decode_all(bytes)?,
        }
        Ok(out)
    }

    fn from_attributes(attributes: i16) -> Result<Codec> {
        CODECS
            .into_iter()
            .find(|c| *c as i16 == attributes & 7)
            .context("unknown codec")
    }
}

/// One raw block, or blocks in Java's frame.
fn unpack_snappy(bytes: &[u8]) -> Result<Vec<u8>> {
    let raw = |block| snap::raw::Decoder::new().decompress_vec(block);
    let Some(mut rest) = bytes.strip_prefix(b"\x82SNAPPY\0").and_then(|rest| rest.get(8..)) else {
        return Ok(raw(bytes)?);
    };
    let mut out = Vec::new();
    while !rest.is_empty() {
        let len = int(rest, 0, 4)? as usize;
        out.extend(raw(rest.get(4..4 + len).context("snappy block cut short")?)?);
        rest = &rest[4 + len..];
    }
    Ok(out)
}

/// A batch to build. The public fields may be set to lies.
#[derive(Clone, Debug)]
pub struct Batch {
    pub base_offset: i64,
    pub magic: i8,
    pub attributes: i16,
    pub last_offset_delta: i32,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub record_count: i32,
    /// The records as they lie in the batch: packed already.
    pub payload: Vec<u8>,
}

impl Batch {
    /// An honest batch.
    pub fn new(codec: Codec, records: &[Record]) -> Batch {
        let base_timestamp = records.first().map_or(-1, |r| r.timestamp);
        let mut plain = Vec::new();
        for (delta, record) in records.iter().enumerate() {
            put_record(&mut plain, delta as i64, base_timestamp, record);
        }
        Batch {
            base_offset: 0,
            magic: 2,
            attributes: codec as i16,
            last_offset_delta: records.len() as i32 - 1,
            base_timestamp,
            max_timestamp: records.iter().map(|r| r.timestamp).max().unwrap_or(-1),
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            record_count: records.len() as i32,
            payload: codec.pack(&plain),
        }
    }

    /// An honest batch of values.
    pub fn of(values: &[&str]) -> Batch {
        Batch::new(Codec::None, &values.iter().map(Record::of).collect::<Vec<_>>())
    }

    /// With a producer's id, epoch and sequence.
    pub fn by(mut self, producer_id: i64, epoch: i16, base_sequence: i32) -> Batch {
        (self.producer_id, self.producer_epoch, self.base_sequence) = (producer_id, epoch, base_sequence);
        self
    }

    /// As part of a transaction of that producer.
    pub fn in_transaction(mut self, producer_id: i64, epoch: i16, base_sequence: i32) -> Batch {
        self.attributes |= 0x10;
        self.by(producer_id, epoch, base_sequence)
    }

    /// The bytes, with the right length and CRC.
    pub fn bytes(&self) -> Vec<u8> {
        let mut tail = Vec::new();
        tail.extend(self.attributes.to_be_bytes());
        tail.extend(self.last_offset_delta.to_be_bytes());
        tail.extend(self.base_timestamp.to_be_bytes());
        tail.extend(self.max_timestamp.to_be_bytes());
        tail.extend(self.producer_id.to_be_bytes());
        tail.extend(self.producer_epoch.to_be_bytes());
        tail.extend(self.base_sequence.to_be_bytes());
        tail.extend(self.record_count.to_be_bytes());
        tail.extend(&self.payload);
        let mut out = Vec::new();
        out.extend(self.base_offset.to_be_bytes());
        out.extend((tail.len() as i32 + 9).to_be_bytes());
        out.extend((-1i32).to_be_bytes());
        out.push(self.magic as u8);
        out.extend(crc32c::crc32c(&tail).to_be_bytes());
        out.extend(tail);
        out
    }
}

/// Appends one record in the form it has inside a batch.
pub fn put_record(out: &mut Vec<u8>, offset_delta: i64, base_timestamp: i64, record: &Record) {
    let mut body = vec![0];
    put_varint(&mut body, record.timestamp - base_timestamp);
    put_varint(&mut body, offset_delta);
    put_nullable(&mut body, record.key.as_deref());
    put_nullable(&mut body, record.value.as_deref());
    put_varint(&mut body, record.headers.len() as i64);
    for (key, value) in &record.headers {
        put_nullable(&mut body, Some(key));
        put_nullable(&mut body, value.as_deref());
    }
    put_varint(out, body.len() as i64);
    out.extend(body);
}

/// Appends a zigzag varint.
pub fn put_varint(out: &mut Vec<u8>, n: i64) {
    crate::wire::put_uvarint(out, ((n << 1) ^ (n >> 63)) as u64);
}

fn put_nullable(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    put_varint(out, bytes.map_or(-1, |b| b.len() as i64));
    out.extend(bytes.unwrap_or_default());
}

/// What the header of a stored batch says.
#[derive(Clone, Debug)]
pub struct BatchInfo {
    pub base_offset: i64,
    pub leader_epoch: i32,
    pub attributes: i16,
    pub last_offset_delta: i32,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub record_count: i32,
    /// Whole batch in bytes.
    pub size: usize,
}

/// Reads all whole batches of a fetched records field, CRC checked; a cut batch at the end is left out.
pub fn read_batches(mut bytes: &[u8]) -> Result<Vec<(BatchInfo, Vec<Record>)>> {
    let mut out = Vec::new();
    while bytes.len() >= 12 {
        let size = 12 + int(bytes, 8, 4)? as usize;
        let Some(batch) = bytes.split_off(..size) else {
            break;
        };
        out.push(read_batch(batch)?);
    }
    Ok(out)
}

/// All records of a fetched records field, without the markers of transactions.
pub fn read_records(bytes: &[u8]) -> Result<Vec<Record>> {
    Ok(read_batches(bytes)?
        .into_iter()
        .filter(|(batch, _)| batch.attributes & 0x20 == 0)
        .flat_map(|(_, records)| records)
        .collect())
}

fn read_batch(batch: &[u8]) -> Result<(BatchInfo, Vec<Record>)> {
    ensure!(int(batch, 16, 1)? == 2, "magic {}", int(batch, 16, 1)?);
    let crc = int(batch, 17, 4)? as u32;
    ensure!(
        crc == crc32c::crc32c(&batch[21..]),
        "CRC of the batch at {}",
        int(batch, 0, 8)?
    );
    let info = BatchInfo {
        base_offset: int(batch, 0, 8)?,
        leader_epoch: int(batch, 12, 4)? as i32,
        attributes: int(batch, 21, 2)? as i16,
        last_offset_delta: int(batch, 23, 4)? as i32,
        base_timestamp: int(batch, 27, 8)?,
        max_timestamp: int(batch, 35, 8)?,
        producer_id: int(batch, 43, 8)?,
        producer_epoch: int(batch, 51, 2)? as i16,
        base_sequence: int(batch, 53, 4)? as i32,
        record_count: int(batch, 57, 4)? as i32,
        size: batch.len(),
    };
    let plain = Codec::from_attributes(info.attributes)?.unpack(&batch[61..])?;
    let mut input = plain.as_slice();
    let records = (0..info.record_count)
        .map(|_| read_record(&mut input, &info))
        .collect::<Result<_>>()?;
    ensure!(input.is_empty(), "bytes behind the last record");
    Ok((info, records))
}

fn read_record(input: &mut &[u8], batch: &BatchInfo) -> Result<Record> {
    let len = varint(input)? as usize;
    let mut body = input.split_off(..len).context("record longer than its batch")?;
    let input = &mut body;
    input.split_off_first().context("no attributes")?;
    let timestamp = batch.base_timestamp + varint(input)?;
    let offset = batch.base_offset + varint(input)?;
    let key = nullable(input)?;
    let value = nullable(input)?;
    let headers = (0..varint(input)?)
        .map(|_| Ok((nullable(input)?.context("null header key")?, nullable(input)?)))
        .collect::<Result<_>>()?;
    ensure!(input.is_empty(), "bytes behind the headers");
    let timestamp = if batch.attributes & 8 != 0 {
        batch.max_timestamp
    } else {
        timestamp
    };
    Ok(Record {
        offset,
        timestamp,
        key,
        value,
        headers,
    })
}

fn int(bytes: &[u8], at: usize, len: usize) -> Result<i64> {
    let part = bytes.get(at..at + len).context("batch too short")?;
    let shift = 64 - 8 * len as u32;
    let unsigned = part.iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
    Ok(((unsigned << shift) as i64) >> shift)
}

fn varint(input: &mut &[u8]) -> Result<i64> {
    let mut n = 0u64;
    for shift in (0..70).step_by(7) {
        let byte = *input.split_off_first().context("varint cut short")?;
        n |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok((n >> 1) as i64 ^ -((n & 1) as i64));
        }
    }
    bail!("varint too long")
}

fn nullable(input: &mut &[u8]) -> Result<Option<Vec<u8>>> {
    let Ok(len) = usize::try_from(varint(input)?) else {
        return Ok(None);
    };
    Ok(Some(
        input
            .split_off(..len)
            .context("length beyond the record")?
            .to_vec(),
    ))
}
