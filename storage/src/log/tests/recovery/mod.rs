//! Recovery: crashes at every write, damage to every kind of file.

mod crash;
mod damage;
mod failing_disk;
mod rebuild;
mod swap_world;
mod swaps;
mod world;
