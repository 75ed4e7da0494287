//! Whole reads and writes over the positioned, possibly short, calls of [`File`].

use std::io::{self, IoSlice};

use super::File;

/// Fills `buf` from `position`; `false` when the file ends before.
///
/// # Errors
/// What the file answers; an interrupted call is repeated.
pub fn read_exact_at(file: &dyn File, mut buf: &mut [u8], mut position: u64) -> io::Result<bool> {
    while !buf.is_empty() {
        match file.read_at(buf, position) {
            Ok(0) => return Ok(false),
            Ok(n) => {
                position += n as u64;
                buf = buf.get_mut(n..).unwrap_or_default();
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(true)
}

/// Writes `head` and `body` one behind the other at `position`, continuing after short writes.
///
/// # Errors
/// What the file answers; then any prefix may have been written and the caller must cut it off.
pub fn write_all_at(file: &dyn File, head: &[u8], body: &[u8], position: u64) -> io::Result<()> {
    let total = head.len() + body.len();
    let mut done = 0;
    while done < total {
        let slices = [
            IoSlice::new(head.get(done..).unwrap_or_default()),
            IoSlice::new(body.get(done.saturating_sub(head.len())..).unwrap_or_default()),
        ];
        let bufs = if done < head.len() {
            &slices[..]
        } else {
            &slices[1..]
        };
        match file.write_at(bufs, position + done as u64) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
