//! The few system calls that std has no safe form of. The only module of this crate with `unsafe` in it.
//!
//! What runs between fork and exec may not allocate, lock or panic: everything that it needs is computed before.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;

/// Limits of one function process, each a hard limit.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Private writable memory. Not address space: V8 reserves gigabytes of that and uses little of it.
    pub data_bytes: u64,
    /// Threads and processes of the whole user, see `tasks_of_this_user`.
    pub tasks: u64,
    pub open_files: u64,
    pub file_bytes: u64,
}

/// Makes the command's process a session of its own with these limits, which dies with the thread that spawns it.
/// The process keeps `inherited` open, under the same number, and is held to the Landlock `rules`.
pub(crate) fn confine(
    command: &mut std::process::Command,
    limits: &Limits,
    inherited: Option<&File>,
    rules: Option<&OwnedFd>,
) {
    let parent = std::process::id() as libc::pid_t;
    let limits = [
        (libc::RLIMIT_DATA, limits.data_bytes),
        (libc::RLIMIT_NPROC, limits.tasks),
        (libc::RLIMIT_NOFILE, limits.open_files),
        (libc::RLIMIT_FSIZE, limits.file_bytes),
        (libc::RLIMIT_CORE, 0),
    ];
    let inherited = inherited.map(AsRawFd::as_raw_fd);
    let rules = rules.map(AsRawFd::as_raw_fd);
    let before_exec = move || {
        own_session_that_dies_with(parent)?;
        if let Some(descriptor) = inherited {
            // SAFETY: fcntl is async-signal-safe; the caller keeps the file open until the process has been spawned.
            check(unsafe { libc::fcntl(descriptor, libc::F_SETFD, 0) })?;
        }
        // SAFETY: prctl with these constants changes only the calling process.
        check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })?;
        if let Some(rules) = rules {
            // SAFETY: the call takes a descriptor, which the caller keeps open, and flags, and no pointers.
            let restricted = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, rules, 0) };
            check(restricted as libc::c_int)?;
        }
        for (resource, limit) in limits {
            set_limit(resource, limit)?;
        }
        Ok(())
    };
    // SAFETY: the closure only makes async-signal-safe calls and neither allocates nor locks.
    unsafe { command.pre_exec(before_exec) };
}

/// A session of its own for a process that must outlive this one for a moment.
pub(crate) fn detach(command: &mut std::process::Command) {
    // SAFETY: setsid is async-signal-safe and is all that the closure does.
    unsafe { command.pre_exec(|| check(libc::setsid())) };
}

fn own_session_that_dies_with(parent: libc::pid_t) -> io::Result<()> {
    // SAFETY: setsid, prctl and getppid are async-signal-safe and take no pointers.
    unsafe {
        check(libc::setsid())?;
        check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
        // The parent may have died before the line above: then nobody would send the signal.
        if libc::getppid() != parent {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
    }
    Ok(())
}

/// The C libraries name the resources alike and their type differently.
#[cfg(target_env = "musl")]
type Resource = libc::c_int;
#[cfg(not(target_env = "musl"))]
type Resource = libc::__rlimit_resource_t;

/// Lowers a limit; one that is lower already stays.
fn set_limit(resource: Resource, limit: u64) -> io::Result<()> {
    let mut current = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to a live value of the right type; both calls are async-signal-safe.
    unsafe {
        check(libc::getrlimit(resource, &mut current))?;
        let limit = limit.min(current.rlim_max);
        check(libc::setrlimit(resource, &libc::rlimit { rlim_cur: limit, rlim_max: limit }))
    }
}

/// Sends a signal to a process group. A group that is gone already is fine.
pub(crate) fn signal_group(group: u32, signal: i32) {
    // INVARIANT: `group` is the id of a session that `confine` made; 0 and 1 would mean somebody else.
    if group > 1 {
        // SAFETY: kill takes no pointers, and a negative id addresses that group only.
        unsafe { libc::kill(-(group as libc::pid_t), signal) };
    }
}

/// Returns when everything written to the file system that holds `file` is on disk.
pub(crate) fn sync_filesystem(file: &File) -> io::Result<()> {
    // SAFETY: syncfs takes an open descriptor and nothing else.
    check(unsafe { libc::syncfs(file.as_raw_fd()) })
}

pub(crate) fn is_root() -> bool {
    // SAFETY: geteuid has no arguments and can't fail.
    unsafe { libc::geteuid() == 0 }
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
