//! The file-system seam: the trait, the machine's files, and a simulated disk that crashes.

mod failure;
mod file_system;
mod real;
mod sim;
mod sim_content;
mod sim_dir;
mod sim_disk;
mod sim_faults;
mod sim_file;
mod sim_rng;
mod transfer;

pub use failure::is_disk_failure;
pub use file_system::{DirEntry, DiskSpace, File, FileLock, FileSystem, OpenMode};
pub use real::RealFs;
pub use sim::SimFs;
pub use sim_dir::NameOrder;
pub use sim_faults::{SimFaults, SimOp};
pub use transfer::{read_exact_at, write_all_at};
