//! What any broker must do at least: programs of a few lines, measured like the brokers.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::proc;
use crate::wire::Take;

/// Size of one receive, checksum and write: a producer's batch.
const BLOCK: usize = 64 << 10;

/// A child running one of the programs below; killed when dropped.
pub struct Helper {
    child: Child,
    pub address: String,
}

impl Helper {
    /// `bench NAME ARG...` prints its address when it listens.
    pub fn start(name: &str, args: &[&str]) -> Result<Helper> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(name)
            .args(args)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().context("no output")?;
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line)?;
        Ok(Helper {
            child,
            address: line.trim().to_owned(),
        })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // Both only fail when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen() -> Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    Ok(listener)
}

/// `sink FILE`: receives blocks, takes their CRC32C, writes them, answers each with 4 bytes.
pub fn sink(file: &str) -> Result<()> {
    let listener = listen()?;
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let mut file = File::create(file)?;
    let mut block = vec![0; BLOCK];
    let mut sum = 0;
    while stream.read_exact(&mut block).is_ok() {
        sum ^= crc32c::crc32c(&block);
        file.write_all(&block)?;
        stream.write_all(&sum.to_be_bytes())?;
    }
    Ok(())
}

/// CPU seconds per GiB of the floor program for so many bytes.
pub fn measure_sink(work: &Path, bytes: u64) -> Result<f64> {
    let file = work.join("floor");
    let path = file.display().to_string();
    warm_page_cache(work, bytes)?;
    let helper = Helper::start("sink", &[&path])?;
    let mut stream = TcpStream::connect(&helper.address)?;
    stream.set_nodelay(true)?;
    let block: Vec<u8> = (0..BLOCK).map(|i| (i * 31) as u8).collect();
    let blocks = bytes.div_ceil(BLOCK as u64);
    let mut answer = [0; 4];
    let before = proc::cpu_seconds(helper.pid())?;
    for sent in 0..blocks + 5 {
        if sent < blocks {
            stream.write_all(&block)?;
        }
        if sent >= 5 {
            stream.read_exact(&mut answer)?; // as many on the way as a producer has
        }
    }
    let cpu = proc::cpu_seconds(helper.pid())? - before;
    fs::remove_file(file)?;
    Ok(cpu * (1u64 << 30) as f64 / (blocks * BLOCK as u64) as f64)
}

/// Writes and deletes as many bytes as the round will write: the cost of a page-cache write depends fivefold on whether
/// the machine has to find the pages first.
pub fn warm_page_cache(work: &Path, bytes: u64) -> Result<()> {
    let path = work.join("warm");
    let mut file = File::create(&path)?;
    let block = vec![0x5a; 1 << 20];
    for _ in 0..bytes.div_ceil(1 << 20) {
        file.write_all(&block)?;
    }
    drop(file);
    fs::remove_file(path)?;
    Ok(())
}

/// `echo REPLY_BYTES`: answers each frame with so many bytes, one blocking thread.
pub fn echo(reply: &[u8]) -> Result<()> {
    let listener = listen()?;
    loop {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let mut frame = vec![0; BLOCK];
        let mut got = 0;
        while let Ok(count) = stream.read(frame.get_mut(got..).unwrap_or_default()) {
            if count == 0 {
                break;
            }
            got += count;
            if got >= 4 && got >= 4 + Take(&frame).i32()? as usize {
                got = 0;
                stream.write_all(reply)?;
            }
        }
    }
}

/// `echo-tokio REPLY_BYTES`: the same on tokio's multi-thread runtime.
pub fn echo_tokio(reply: Vec<u8>) -> Result<()> {
    let listener = listen()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(echo_one(stream, reply.clone()));
        }
    })
}

async fn echo_one(mut stream: tokio::net::TcpStream, reply: Vec<u8>) -> std::io::Result<()> {
    let mut frame = vec![0; BLOCK];
    let mut got = 0;
    loop {
        let count = stream.read(frame.get_mut(got..).unwrap_or_default()).await?;
        if count == 0 {
            return Ok(());
        }
        got += count;
        if got >= 4 && got >= 4 + Take(&frame).i32()? as usize {
            got = 0;
            stream.write_all(&reply).await?;
        }
    }
}

/// Microseconds of so many appends of `size` bytes, each with fdatasync, sorted.
pub fn fdatasync_micros(work: &Path, size: usize, count: usize) -> Result<Vec<f64>> {
    let path = work.join("sync");
    let mut file = File::create(&path)?;
    let block = vec![7; size];
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    fs::remove_file(path)?;
    times.sort_by(f64::total_cmp);
    Ok(times)
}
