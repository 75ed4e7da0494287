//! Lines of a stream, as Java's `BufferedReader` takes them, and whether more may be waited for.

use std::io::BufRead;

/// From so many bytes at once on, more is likely to be there already.
const MUCH_BYTES: usize = 8 * 1024;

/// Takes lines out of what has come, chunk by chunk.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// What came behind the last end of a line.
    held: Vec<u8>,
    ready: std::collections::VecDeque<Vec<u8>>,
    /// The last end was a carriage return: a newline behind it belongs to it.
    after_return: bool,
    ended: bool,
    was_much: bool,
}

/// What reading came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A line without its end.
    Line(String),
    /// Reading on may take a while.
    Pause,
    /// There is no more.
    End,
}

impl Lines {
    /// The next line; a pause comes once before each read that may block. A read is a `Pause` first, so that what
    /// was read can go out.
    pub(super) fn next(&mut self, stream: &mut dyn BufRead, paused: bool) -> std::io::Result<Next> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Ok(Next::Line(String::from_utf8_lossy(&line).into_owned()));
            }
            if self.ended {
                let rest = std::mem::take(&mut self.held);
                return Ok(match rest.is_empty() {
                    true => Next::End,
                    false => Next::Line(String::from_utf8_lossy(&rest).into_owned()),
                });
            }
            if !paused && !self.was_much {
                return Ok(Next::Pause);
            }
            let chunk = match stream.fill_buf() {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            let len = chunk.len();
            self.split_up(chunk);
            stream.consume(len);
            self.ended = len == 0;
            self.was_much = len >= MUCH_BYTES;
        }
    }

    fn split_up(&mut self, chunk: &[u8]) {
        for &byte in chunk {
            match byte {
                b'\n' if self.after_return => self.after_return = false,
                b'\n' | b'\r' => {
                    self.ready.push_back(std::mem::take(&mut self.held));
                    self.after_return = byte == b'\r';
                }
                _ => {
                    self.held.push(byte);
                    self.after_return = false;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ends_of_lines_are_taken() {
        let mut stream: &[u8] = b"a\nb\r\nc\rd\n\ne";
        let mut lines = Lines::default();
        assert_eq!(lines.next(&mut stream, false).expect("reads"), Next::Pause);
        let mut seen = Vec::new();
        while let Next::Line(line) = lines.next(&mut stream, true).expect("reads") {
            seen.push(line);
        }
        assert_eq!(seen, ["a", "b", "c", "d", "", "e"]);
    }
}
