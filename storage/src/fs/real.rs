//! The machine's files: the one place of the crate that may call `std::fs`.

use std::fs;
use std::io::{self, IoSlice, Read, Write};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::FlockOperation;

use super::{DirEntry, DiskSpace, File, FileLock, FileSystem, OpenMode};

/// Files of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFs;

#[derive(Debug)]
struct RealFile(fs::File);

impl File for RealFile {
    fn read_at(&self, buf: &mut [u8], position: u64) -> io::Result<usize> {
        self.0.read_at(buf, position)
    }

    #[cfg(target_os = "linux")]
    fn try_read_at(&self, buf: &mut [u8], position: u64) -> io::Result<Option<usize>> {
        use rustix::io::{Errno, ReadWriteFlags};
        let mut bufs = [io::IoSliceMut::new(buf)];
        match rustix::io::preadv2(&self.0, &mut bufs, position, ReadWriteFlags::NOWAIT) {
            Ok(n) => Ok(Some(n)),
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn try_read_at(&self, _buf: &mut [u8], _position: u64) -> io::Result<Option<usize>> {
        Ok(None)
    }

    #[cfg(target_os = "linux")]
    fn send_to(&self, socket: BorrowedFd<'_>, position: u64, len: usize) -> io::Result<Option<usize>> {
        use rustix::io::Errno;
        let mut position = position;
        match rustix::fs::sendfile(socket, &self.0, Some(&mut position), len) {
            Ok(n) => Ok(Some(n)),
            // A file system whose pages cannot be handed on.
            Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
        Ok(rustix::io::pwritev(&self.0, bufs, position)?)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    #[cfg(target_os = "linux")]
    fn preallocate(&self, len: u64) -> io::Result<()> {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;
        match fallocate(&self.0, FallocateFlags::empty(), 0, len) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => self.set_len(len),
            reserved => Ok(reserved?),
        }
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[derive(Debug)]
struct RealLock {
    /// The lock lives as long as this.
    _file: fs::File,
    /// Open, so that no directory made later gets its number.
    dir: fs::File,
    path: PathBuf,
}

impl RealLock {
    fn boxed(file: fs::File, path: &Path) -> io::Result<Box<dyn FileLock>> {
        let path = path.parent().unwrap_or(Path::new("/"));
        Ok(Box::new(RealLock {
            _file: file,
            dir: fs::File::open(path)?,
            path: path.to_owned(),
        }))
    }
}

impl FileLock for RealLock {
    fn is_in_place(&self) -> bool {
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        match (self.dir.metadata(), fs::metadata(&self.path)) {
            (Ok(held), Ok(found)) => identity(held) == identity(found),
            (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
            // The system does not tell: a failed disk shows elsewhere.
            (Err(_), _) => true,
        }
    }
}

impl FileSystem for RealFs {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn File>> {
        let mut options = fs::OpenOptions::new();
        options.read(true);
        match mode {
            OpenMode::Read => &mut options,
            OpenMode::Write => options.write(true),
            OpenMode::CreateNew => options.write(true).create_new(true),
            OpenMode::OpenOrCreate => options.write(true).create(true).truncate(false),
        };
        Ok(Arc::new(RealFile(options.open(path)?)))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn write_atomic(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let temporary = temporary_name(path);
        let mut file = fs::File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        match path.parent() {
            // A bare name lies in the working directory.
            Some(dir) if dir.as_os_str().is_empty() => self.sync_dir(Path::new(".")),
            Some(dir) => self.sync_dir(dir),
            None => Ok(()),
        }
    }

    fn write_unsynced(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let temporary = temporary_name(path);
        fs::write(&temporary, content)?;
        fs::rename(&temporary, path)
    }

    fn open_dir(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        Ok(Arc::new(RealFile(fs::File::open(path)?)))
    }

    #[cfg(target_os = "linux")]
    fn sync_all(&self, path: &Path) -> io::Result<()> {
        Ok(rustix::fs::syncfs(fs::File::open(path)?)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_all(&self, _path: &Path) -> io::Result<()> {
        rustix::fs::sync();
        Ok(())
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            // Names that are no UTF-8 are not ours, and a file may vanish while we look.
            let (Ok(name), Ok(metadata)) = (entry.file_name().into_string(), entry.metadata()) else {
                continue;
            };
            let is_dir = metadata.is_dir();
            let len = if is_dir { 0 } else { metadata.len() };
            entries.push(DirEntry { name, is_dir, len });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn list_dirs(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            // The listing says what is a directory, on nearly every file system.
            if matches!(entry.file_type(), Ok(kind) if kind.is_dir()) {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn modified_ms(&self, path: &Path) -> io::Result<i64> {
        let modified = fs::metadata(path)?.modified()?;
        let since_epoch = modified.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Ok(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        fs::File::open(path)?.sync_all()
    }

    /// Takes both kinds of lock: `flock` holds off a second Ottla, also in this process; the POSIX
    /// record lock holds off Apache Kafka, whose Java lock is of that kind.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn FileLock>> {
        let mut file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        take_lock(&file, FlockOperation::NonBlockingLockExclusive)?;
        file.set_len(0)?;
        file.write_all(std::process::id().to_string().as_bytes())?;
        RealLock::boxed(file, path)
    }

    fn lock_shared(&self, path: &Path) -> io::Result<Box<dyn FileLock>> {
        let file = fs::File::open(path)?;
        take_lock(&file, FlockOperation::NonBlockingLockShared)?;
        RealLock::boxed(file, path)
    }

    fn space(&self, path: &Path) -> io::Result<DiskSpace> {
        let disk = rustix::fs::statvfs(path)?;
        Ok(DiskSpace {
            total: disk.f_blocks.saturating_mul(disk.f_frsize),
            available: disk.f_bavail.saturating_mul(disk.f_frsize),
        })
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    }
}

/// Both locks on an open file; `WouldBlock` names the process that has one of them.
fn take_lock(mut file: &fs::File, operation: FlockOperation) -> io::Result<()> {
    use rustix::io::Errno;
    let taken = rustix::fs::flock(file, operation).and_then(|()| rustix::fs::fcntl_lock(file, operation));
    match taken {
        Ok(()) => Ok(()),
        Err(Errno::WOULDBLOCK | Errno::ACCESS) => {
            let mut holder = String::new();
            let _ = (&mut file).take(64).read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "another process".to_owned(),
                pid => format!("process {pid}"),
            };
            Err(io::Error::new(io::ErrorKind::WouldBlock, holder))
        }
        Err(error) => Err(error.into()),
    }
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_reads_cuts_and_lists() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let file = RealFs.open(&path, OpenMode::CreateNew).unwrap();
        super::super::write_all_at(&*file, b"head", b"body", 3).unwrap();
        file.set_len(9).unwrap();
        let mut buf = [0; 6];
        assert!(super::super::read_exact_at(&*file, &mut buf, 3).unwrap());
        assert_eq!(&buf, b"headbo");
        assert!(!super::super::read_exact_at(&*file, &mut buf, 4).unwrap());
        file.sync_data().unwrap();
        RealFs.open_dir(dir.path()).unwrap().sync_data().unwrap();
        RealFs.write_atomic(&dir.path().join("b"), b"x").unwrap();
        fs::create_dir(dir.path().join("dir")).unwrap();
        assert_eq!(RealFs.list_dirs(dir.path()).unwrap(), ["dir"]);
        let names: Vec<_> = RealFs.list(dir.path()).unwrap();
        assert_eq!(names.len(), 3);
        assert_eq!((names[0].name.as_str(), names[0].len), ("a", 9));
        assert!(RealFs.open(&path, OpenMode::CreateNew).is_err());
    }

    #[test]
    fn second_lock_says_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".lock");
        let first = RealFs.lock(&path).unwrap();
        let error = RealFs.lock(&path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(error.to_string(), format!("process {}", std::process::id()));
        let error = RealFs.lock_shared(&path).unwrap_err();
        assert_eq!(error.to_string(), format!("process {}", std::process::id()));
        drop(first);
        let looking = RealFs.lock_shared(&path).unwrap();
        let also_looking = RealFs.lock_shared(&path).unwrap();
        assert_eq!(RealFs.lock(&path).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop((looking, also_looking));
        RealFs.lock(&path).unwrap();
    }
}
