//! Memory that is used again from batch to batch.

use super::input::WINDOW_BYTES;

/// Reusable buffers for decompression. Costs nothing until a compressed batch comes.
#[derive(Debug, Default)]
pub struct Scratch {
    window: Vec<u8>,
}

impl Scratch {
    /// The window between a decompressor and the walker.
    pub(super) fn window(&mut self) -> &mut [u8] {
        self.window.resize(WINDOW_BYTES, 0);
        &mut self.window
    }
}
