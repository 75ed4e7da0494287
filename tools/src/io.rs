//! What a tool reads and prints, so that a test can run one in its own process.

use std::fmt::Display;
use std::io::{BufRead, Write};

/// The three streams of a tool.
pub struct Io<'a> {
    /// What the tool reads.
    pub stdin: &'a mut dyn BufRead,
    /// What scripts read of it.
    pub stdout: &'a mut dyn Write,
    /// What people read of it.
    pub stderr: &'a mut dyn Write,
    /// Set once nobody reads the output any more: a tool without an end of its own stops then.
    pub is_closed: bool,
}

impl<'a> Io<'a> {
    /// The streams of a process, or those of a test.
    pub fn new(stdin: &'a mut dyn BufRead, stdout: &'a mut dyn Write, stderr: &'a mut dyn Write) -> Io<'a> {
        Io {
            stdin,
            stdout,
            stderr,
            is_closed: false,
        }
    }

    /// Prints a line to standard output. A stream that nobody reads is no error, as in Java's `PrintStream`.
    pub fn say(&mut self, line: impl Display) {
        self.is_closed |= writeln!(self.stdout, "{line}").is_err();
    }

    /// Prints to standard output without an end of line.
    pub fn print(&mut self, text: impl Display) {
        self.is_closed |= write!(self.stdout, "{text}").is_err();
    }

    /// Prints rows under their heads, each column as wide as it needs and a tab behind it (`ToolsUtils.prettyPrintTable`).
    pub(crate) fn columns<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) {
        let mut widths = head.map(str::len);
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.len().max(*width);
            }
        }
        let head = head.map(str::to_owned);
        for row in std::iter::once(&head).chain(rows) {
            let cells = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:<width$}\t"));
            self.say(cells.collect::<String>());
        }
    }

    /// Prints a line to standard error.
    pub fn complain(&mut self, line: impl Display) {
        // Nobody is left to be told.
        let _ = writeln!(self.stderr, "{line}");
    }

    /// Hands on what is held back.
    pub fn flush(&mut self) {
        self.is_closed |= self.stdout.flush().is_err();
    }
}
