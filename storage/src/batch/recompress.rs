//! A client's batch in another codec (`LogValidator`, when the topic's codec is not the batch's).

use bytes::Bytes;

use super::checked::CheckedBatch;
use super::codec::Codec;
use super::compression::{Compression, Packer};
use super::error::{BatchError, BatchFault};
use super::header::{BATCH_HEADER_LEN, LOG_OVERHEAD};
use super::scratch::Scratch;

impl CheckedBatch {
    /// True if [`CheckedBatch::recompress`] would change the batch. A control batch is never packed, as in Kafka.
    pub fn needs(&self, target: Compression) -> bool {
        let header = self.header();
        header.codec() != Some(target.codec())
            && !(header.codec() == Some(Codec::None) && header.is_control())
    }

    /// The same records packed otherwise: offsets, timestamps and the producer's fields stay, length and CRC are new.
    /// Streams through `scratch`, so that a batch and what the codecs keep is all that is ever held. A batch that has
    /// the codec already stays as it is, whatever its level.
    ///
    /// # Errors
    /// [`BatchError::TooLarge`] if the batch would have more than `max_message_bytes`.
    pub fn recompress(
        self,
        target: Compression,
        max_message_bytes: usize,
        scratch: &mut Scratch,
    ) -> Result<CheckedBatch, BatchError> {
        if !self.needs(target) {
            return Ok(self);
        }
        let mut header = *self.header();
        let records_len = self.records_len();
        let body_max = max_message_bytes
            .min(i32::MAX as usize)
            .saturating_sub(BATCH_HEADER_LEN);
        let too_large = |size| BatchError::TooLarge {
            size,
            max: max_message_bytes,
        };
        if target.codec() == Codec::None && records_len > body_max {
            return Err(too_large(BATCH_HEADER_LEN + records_len));
        }
        let unpackable = |error: std::io::Error| {
            if error.kind() == std::io::ErrorKind::FileTooLarge {
                return too_large(max_message_bytes + 1);
            }
            BatchError::from(BatchFault::Unpackable {
                codec: target.codec(),
                reason: error.to_string(),
            })
        };
        let mut packer = Packer::new(target, Some(records_len), body_max).map_err(unpackable)?;
        let source = header
            .codec()
            .ok_or(BatchError::UnsupportedCompression(header.codec_id()))?;
        let body = self.body().clone();
        scratch.decompress(source, &body, |stream, _| {
            stream
                .pass_on(records_len, &mut packer)
                .map_err(|fault| fault.at(header.record_count))?
                .map_err(unpackable)
        })?;
        let packed = packer.finish().map_err(unpackable)?;
        header.set_codec(target.codec());
        header.batch_length = (BATCH_HEADER_LEN - LOG_OVERHEAD + packed.len()) as i32;
        let head = header.seal(&packed);
        Ok(CheckedBatch::trusted(
            header,
            head,
            Bytes::from(packed),
            records_len,
        ))
    }
}
