//! The functions of the C library that are replaced. Each does what it is asked by a system call, behind a record.

use crate::record::Kind;
use crate::state::{State, Sync, is_kind, lock, path_of, read, status};
use libc::{c_char, c_int, c_uint, c_void, iovec, mode_t, off_t, size_t, ssize_t};
use std::sync::MutexGuard;

fn open_at(directory: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    let open = |flags: c_int| {
        // SAFETY: the arguments are the caller's.
        unsafe { libc::syscall(libc::SYS_openat, directory, path, flags, mode) as c_int }
    };
    let Some(mut state) = lock() else { return open(flags) };
    let Some(inside) = state.inside(directory, path) else { return open(flags) };
    // What is cut off by opening is a size that is set, and written down as such.
    let file = open(flags & !libc::O_TRUNC & !libc::O_CREAT & !libc::O_EXCL);
    if file >= 0 {
        if flags & libc::O_EXCL != 0 && flags & libc::O_CREAT != 0 {
            // SAFETY: the descriptor is ours, and closed once.
            unsafe { libc::syscall(libc::SYS_close, file) };
            return open(flags);
        }
        state.opened(file, inside, false);
        if flags & libc::O_TRUNC != 0 && flags & libc::O_ACCMODE != libc::O_RDONLY {
            truncate(&mut state, file, 0);
        }
        return file;
    }
    if flags & libc::O_CREAT == 0 {
        return file;
    }
    let file = open(flags);
    if file >= 0 {
        state.opened(file, inside, true);
    }
    file
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    open_at(libc::AT_FDCWD, path, flags, mode)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    open_at(libc::AT_FDCWD, path, flags, mode)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(directory: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    open_at(directory, path, flags, mode)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat64(
    directory: c_int,
    path: *const c_char,
    flags: c_int,
    mode: c_uint,
) -> c_int {
    open_at(directory, path, flags, mode)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn creat(path: *const c_char, mode: mode_t) -> c_int {
    open_at(libc::AT_FDCWD, path, libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC, mode)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn creat64(path: *const c_char, mode: mode_t) -> c_int {
    open_at(libc::AT_FDCWD, path, libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC, mode)
}

/// Writes down what a write is about to replace; the lock is held until the write is done, so that records have its order.
fn before_write(file: c_int, offset: Option<u64>, length: usize) -> Option<MutexGuard<'static, State>> {
    let status = status(file).filter(|status| is_kind(status, libc::S_IFREG))?;
    let mut state = lock().filter(|state| state.is_known(&status))?;
    // SAFETY: plain questions about a descriptor.
    let (flags, place) = unsafe { (libc::fcntl(file, libc::F_GETFL), libc::lseek(file, 0, libc::SEEK_CUR)) };
    let size = status.st_size as u64;
    let offset = match offset {
        Some(offset) => offset,
        None if flags & libc::O_APPEND != 0 => size,
        None => place as u64,
    };
    let before = read(status.st_ino, &state, offset, size.min(offset + length as u64));
    state.write(Kind::Write, [status.st_ino, offset, length as u64, size], [b"", b""], &before);
    Some(state)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(file: c_int, bytes: *const c_void, length: size_t) -> ssize_t {
    let _held = before_write(file, None, length);
    // SAFETY: the arguments are the caller's.
    unsafe { libc::syscall(libc::SYS_write, file, bytes, length) as ssize_t }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(file: c_int, bytes: *const c_void, length: size_t, at: off_t) -> ssize_t {
    let _held = before_write(file, Some(at as u64), length);
    // SAFETY: the arguments are the caller's.
    unsafe { libc::syscall(libc::SYS_pwrite64, file, bytes, length, at) as ssize_t }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(file: c_int, bytes: *const c_void, length: size_t, at: off_t) -> ssize_t {
    // SAFETY: the same function, by another name.
    unsafe { pwrite(file, bytes, length, at) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(file: c_int, pieces: *const iovec, count: c_int) -> ssize_t {
    // SAFETY: the caller says that there are so many pieces.
    let slices = unsafe { std::slice::from_raw_parts(pieces, usize::try_from(count).unwrap_or(0)) };
    let _held = before_write(file, None, slices.iter().map(|piece| piece.iov_len).sum());
    // SAFETY: the arguments are the caller's.
    unsafe { libc::syscall(libc::SYS_writev, file, pieces, count) as ssize_t }
}

fn truncate(state: &mut State, file: c_int, size: u64) -> c_int {
    if let Some(status) = status(file).filter(|status| state.is_known(status)) {
        let before = status.st_size as u64;
        let mut lost = read(status.st_ino, state, size, before);
        let end = lost.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        lost.truncate(end);
        state.write(Kind::Truncate, [status.st_ino, before, size, 0], [b"", b""], &lost);
    }
    // SAFETY: the arguments are the caller's.
    unsafe { libc::syscall(libc::SYS_ftruncate, file, size) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(file: c_int, size: off_t) -> c_int {
    match lock() {
        Some(mut state) => truncate(&mut state, file, size as u64),
        // SAFETY: the arguments are the caller's.
        None => unsafe { libc::syscall(libc::SYS_ftruncate, file, size) as c_int },
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(file: c_int, size: off_t) -> c_int {
    // SAFETY: the same function, by another name.
    unsafe { ftruncate(file, size) }
}

/// A sync covers what was written before it began, and nothing that is written meanwhile.
fn sync(call: libc::c_long, file: c_int) -> c_int {
    // SAFETY: a descriptor of the caller's.
    let sync = || unsafe { libc::syscall(call, file) as c_int };
    let Some(status) = status(file) else { return sync() };
    let is_directory = is_kind(&status, libc::S_IFDIR);
    let began = {
        let Some(mut state) = lock() else { return sync() };
        if !is_directory && !state.is_known(&status) {
            return sync();
        }
        state.syncs += 1;
        match state.sync {
            Sync::Lie => return 0,
            Sync::FailFrom(first) if state.syncs >= first => {
                // SAFETY: this thread's own.
                unsafe { *libc::__errno_location() = libc::EIO };
                return -1;
            }
            _ => state.records(),
        }
    };
    let outcome = sync();
    if outcome == 0
        && let Some(mut state) = lock()
    {
        match is_directory.then(|| path_of(file)).flatten() {
            Some(path) => state.write(Kind::SyncDirectory, [began, 0, 0, 0], [&path, b""], b""),
            None => state.write(Kind::SyncFile, [status.st_ino, began, 0, 0], [b"", b""], b""),
        }
    }
    outcome
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(file: c_int) -> c_int {
    sync(libc::SYS_fsync, file)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(file: c_int) -> c_int {
    sync(libc::SYS_fdatasync, file)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncfs(file: c_int) -> c_int {
    let state = lock().map(|state| (state.sync, state.records()));
    if matches!(state, Some((Sync::Lie, _))) {
        return 0;
    }
    // SAFETY: a descriptor of the caller's.
    let outcome = unsafe { libc::syscall(libc::SYS_syncfs, file) as c_int };
    if let Some((_, began)) = state
        && outcome == 0
        && let Some(mut state) = lock()
    {
        state.write(Kind::SyncAll, [began, 0, 0, 0], [b"", b""], b"");
    }
    outcome
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    let mut state = lock();
    // SAFETY: the arguments are the caller's.
    let outcome = unsafe { libc::syscall(libc::SYS_rename, from, to) as c_int };
    if let Some(state) = &mut state
        && outcome == 0
        && let (Some(from), Some(to)) = (state.inside(libc::AT_FDCWD, from), state.inside(libc::AT_FDCWD, to))
    {
        state.write(Kind::Rename, [0; 4], [&from, &to], b"");
        state.renamed(&from, &to);
    }
    outcome
}

fn unlink_at(directory: c_int, path: *const c_char, flags: c_int) -> c_int {
    let mut state = lock();
    // SAFETY: the arguments are the caller's.
    let outcome = unsafe { libc::syscall(libc::SYS_unlinkat, directory, path, flags) as c_int };
    if let Some(state) = &mut state
        && outcome == 0
        && let Some(path) = state.inside(directory, path)
    {
        state.write(Kind::Unlink, [0; 4], [&path, b""], b"");
    }
    outcome
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    unlink_at(libc::AT_FDCWD, path, 0)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlinkat(directory: c_int, path: *const c_char, flags: c_int) -> c_int {
    unlink_at(directory, path, flags)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    unlink_at(libc::AT_FDCWD, path, libc::AT_REMOVEDIR)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
    let mut state = lock();
    // SAFETY: the arguments are the caller's.
    let outcome = unsafe { libc::syscall(libc::SYS_mkdirat, libc::AT_FDCWD, path, mode) as c_int };
    if let Some(state) = &mut state
        && outcome == 0
        && let Some(path) = state.inside(libc::AT_FDCWD, path)
    {
        state.write(Kind::MakeDirectory, [0; 4], [&path, b""], b"");
    }
    outcome
}
