//! What the shim knows: which directory it looks at, which files are in it, how many records it wrote.

use crate::record::{Kind, encode};
use libc::{c_char, c_int, stat};
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What syncs do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    Work,
    /// They say that all is well, and make nothing durable.
    Lie,
    /// From this one on, counted from 1, they fail with `EIO`.
    FailFrom(u64),
}

pub struct State {
    directory: Vec<u8>,
    saved: Vec<u8>,
    log: c_int,
    pub sync: Sync,
    pub syncs: u64,
    records: u64,
    /// Paths by inode.
    files: HashMap<u64, Vec<u8>>,
}

static STATE: OnceLock<Mutex<State>> = OnceLock::new();

/// Run by the loader before `main`.
#[used]
#[unsafe(link_section = ".init_array")]
static INITIALIZE: extern "C" fn() = initialize;

extern "C" fn initialize() {
    let read = |name: &CStr| {
        // SAFETY: the name ends with a zero, and no other thread runs yet.
        let value = unsafe { libc::getenv(name.as_ptr()) };
        // SAFETY: what `getenv` gives is text that ends with a zero.
        (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) }.to_bytes().to_vec())
    };
    let (Some(directory), Some(log), Some(saved), Some(sync)) = (
        read(c"STEPWELL_CRASH_TRACK"),
        read(c"STEPWELL_CRASH_LOG"),
        read(c"STEPWELL_CRASH_SAVED"),
        read(c"STEPWELL_CRASH_SYNC"),
    ) else {
        return;
    };
    // What the server starts, such as functions, isn't looked at.
    // SAFETY: no other thread runs yet.
    unsafe { libc::unsetenv(c"LD_PRELOAD".as_ptr()) };
    let Ok(log) = CString::new(log) else { return };
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC;
    // SAFETY: the path ends with a zero.
    let log = unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, log.as_ptr(), flags, 0o600) } as c_int;
    let sync = match sync.as_slice() {
        b"lie" => Sync::Lie,
        other => match other.strip_prefix(b"fail:").and_then(|n| std::str::from_utf8(n).ok()?.parse().ok()) {
            Some(number) => Sync::FailFrom(number),
            None => Sync::Work,
        },
    };
    let state = State { directory, saved, log, sync, syncs: 0, records: 0, files: HashMap::new() };
    drop(STATE.set(Mutex::new(state)));
}

/// The state, if there is anything to look at.
pub fn lock() -> Option<MutexGuard<'static, State>> {
    Some(STATE.get()?.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What is behind a file descriptor.
pub fn status(file: c_int) -> Option<stat> {
    // SAFETY: a `stat` of zeros is one, and the call fills it.
    let mut status: stat = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is valid for the call.
    (unsafe { libc::fstat(file, &mut status) } == 0).then_some(status)
}

pub fn is_kind(status: &stat, kind: libc::mode_t) -> bool {
    status.st_mode & libc::S_IFMT == kind
}

impl State {
    /// The absolute path, if it is beneath the directory.
    pub fn inside(&self, directory: c_int, path: *const c_char) -> Option<Vec<u8>> {
        // SAFETY: callers of the C library pass text that ends with a zero.
        let path = unsafe { CStr::from_ptr(path) }.to_bytes();
        let absolute = match path.first() {
            Some(b'/') => path.to_vec(),
            _ if directory == libc::AT_FDCWD => return None,
            _ => [path_of(directory)?, path.to_vec()].join(&b'/'),
        };
        let rest = absolute.strip_prefix(self.directory.as_slice())?;
        (rest.is_empty() || rest[0] == b'/').then_some(absolute)
    }

    pub fn is_known(&self, status: &stat) -> bool {
        is_kind(status, libc::S_IFREG) && self.files.contains_key(&status.st_ino)
    }

    pub fn write(&mut self, kind: Kind, numbers: [u64; 4], paths: [&[u8]; 2], bytes: &[u8]) {
        let record = encode(kind, numbers, paths, bytes);
        // SAFETY: the bytes are ours, and as many as said.
        unsafe { libc::syscall(libc::SYS_write, self.log, record.as_ptr(), record.len()) };
        self.records += 1;
    }

    pub fn records(&self) -> u64 {
        self.records
    }

    /// A file was opened, and is new or not.
    pub fn opened(&mut self, file: c_int, path: Vec<u8>, is_new: bool) {
        let Some(status) = status(file).filter(|status| is_kind(status, libc::S_IFREG)) else { return };
        let inode = status.st_ino;
        if is_new {
            self.save(inode, &path);
            self.write(Kind::Create, [inode, 0, 0, 0], [&path, b""], b"");
        } else if let Some(known) = self.files.get(&inode)
            && *known != path
        {
            // Renamed by a system call that didn't pass here.
            let known = known.clone();
            self.write(Kind::Rename, [0; 4], [&known, &path], b"");
        }
        self.files.insert(inode, path);
    }

    pub fn renamed(&mut self, from: &[u8], to: &[u8]) {
        for path in self.files.values_mut() {
            // The file itself, or one beneath a directory that was renamed.
            if let Some(rest) = path.strip_prefix(from)
                && matches!(rest.first(), None | Some(b'/'))
            {
                *path = [to, rest].concat();
            }
        }
    }

    /// Gives the file a second name.
    fn save(&self, inode: u64, path: &[u8]) {
        let saved = [self.saved.as_slice(), inode.to_string().as_bytes()].join(&b'/');
        let (Ok(path), Ok(saved)) = (CString::new(path), CString::new(saved)) else { return };
        // SAFETY: both paths end with a zero.
        unsafe { libc::linkat(libc::AT_FDCWD, path.as_ptr(), libc::AT_FDCWD, saved.as_ptr(), 0) };
    }
}

/// Where a directory is that is open.
pub fn path_of(directory: c_int) -> Option<Vec<u8>> {
    let link = CString::new(format!("/proc/self/fd/{directory}")).ok()?;
    let mut buffer = vec![0_u8; libc::PATH_MAX as usize];
    // SAFETY: the buffer is as long as said.
    let length = unsafe { libc::readlink(link.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
    buffer.truncate(usize::try_from(length).ok()?);
    Some(buffer)
}

/// What a file has from `from` up to `to`.
pub fn read(inode: u64, state: &State, from: u64, to: u64) -> Vec<u8> {
    let Some(path) = state.files.get(&inode).and_then(|path| CString::new(path.clone()).ok()) else {
        return Vec::new();
    };
    let mut bytes = vec![0_u8; to.saturating_sub(from) as usize];
    // SAFETY: the path ends with a zero; the buffer is as long as said; the descriptor is closed once.
    unsafe {
        let flags = libc::O_RDONLY | libc::O_CLOEXEC;
        let file = libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, 0) as c_int;
        let read = libc::syscall(libc::SYS_pread64, file, bytes.as_mut_ptr(), bytes.len(), from);
        libc::syscall(libc::SYS_close, file);
        bytes.truncate(usize::try_from(read).unwrap_or(0));
    }
    bytes
}
