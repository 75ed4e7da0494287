//! In which data folder a partition's log is, in two bytes.

/// Number of a data folder in `log.dirs`, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Location(u16);

impl Location {
    /// The metadata name a folder that this broker does not have.
    pub const MISSING: Location = Location(u16::MAX);
    /// More than one folder has a directory of the partition.
    pub const TWICE: Location = Location(u16::MAX - 1);

    /// In the folder of this number.
    pub fn folder(index: usize) -> Location {
        Location(u16::try_from(index).unwrap_or(u16::MAX))
    }

    /// Number of the folder.
    pub fn index(self) -> Option<usize> {
        (self != Location::MISSING && self != Location::TWICE).then_some(usize::from(self.0))
    }

    /// Whether it is the folder of this number.
    pub fn is_in(self, folder: usize) -> bool {
        self.index() == Some(folder)
    }

    pub fn to_bits(self) -> u16 {
        self.0
    }

    pub fn from_bits(bits: u16) -> Location {
        Location(bits)
    }
}
