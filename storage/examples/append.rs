//! Appends to a log on disk, or writes the same bytes to plain files; prints the seconds it took.
//!
//! `cargo run --release -p storage --example append -- log|plain DIR BYTES`

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use storage::{BatchBuilder, CheckedBatch, DataFolder, FolderIds, Log, LogOptions, RealFs};
use uuid::Uuid;

/// Records of 1 KiB in a batch: 100 KiB.
const BATCH_RECORDS: usize = 100;
/// A file ends where a segment would.
const FILE_BYTES: u64 = 1 << 30;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [way, dir, bytes] = args.as_slice() else {
        return Err("append log|plain DIR BYTES".into());
    };
    let batch = batch();
    let batches = bytes.parse::<u64>()?.div_ceil(batch.size_in_bytes() as u64);
    let dir = Path::new(dir);
    let seconds = match way.as_str() {
        "log" => append(dir, &batch, batches)?,
        "plain" => write(dir, &batch, batches)?,
        _ => return Err("append log|plain DIR BYTES".into()),
    };
    println!("{seconds}");
    Ok(())
}

fn batch() -> CheckedBatch {
    let mut builder = BatchBuilder::new(1);
    for i in 0..BATCH_RECORDS {
        builder.push(1, None, Some(&[i as u8; 1014]), &[]);
    }
    builder.build()
}

fn append(dir: &Path, batch: &CheckedBatch, batches: u64) -> Result<f64, Box<dyn std::error::Error>> {
    let ids = FolderIds {
        cluster_id: None,
        node_id: 1,
        fresh_cluster_id: Uuid::from_u128(1),
        fresh_directory_id: Uuid::from_u128(2),
    };
    let folder = DataFolder::open(Arc::new(RealFs), dir, &ids, 100)?;
    let mut log = Log::create(&folder, "append-0", Uuid::from_u128(3), LogOptions::default())?;
    let begun = Instant::now();
    for _ in 0..batches {
        log.append(batch, 0, 1)?;
    }
    Ok(begun.elapsed().as_secs_f64())
}

fn write(dir: &Path, batch: &CheckedBatch, batches: u64) -> Result<f64, Box<dyn std::error::Error>> {
    fs::create_dir_all(dir)?;
    let mut bytes = batch.head_for(0, 0).to_vec();
    bytes.extend_from_slice(batch.body());
    let begun = Instant::now();
    let (mut file, mut written, mut number) = (File::create(dir.join("0"))?, 0, 0);
    for _ in 0..batches {
        if written + bytes.len() as u64 > FILE_BYTES {
            number += 1;
            (file, written) = (File::create(dir.join(number.to_string()))?, 0);
        }
        file.write_all(&bytes)?;
        written += bytes.len() as u64;
    }
    Ok(begun.elapsed().as_secs_f64())
}
