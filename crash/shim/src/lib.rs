//! Preloaded into the server under the crash test: writes down what its file operations did and what each sync made durable.
//!
//! It stands before the C library's functions, does what they do by system calls, and appends a record to a log outside of
//! the data directory. After a SIGKILL the log says what a power loss could have taken. It knows nothing of the server.
//! The environment variables: `STEPWELL_CRASH_TRACK`, the directory; `STEPWELL_CRASH_LOG`, the log; `STEPWELL_CRASH_SAVED`,
//! where files keep a second name, so that one that is removed can come back; `STEPWELL_CRASH_SYNC`: `work`, `lie`, or
//! `fail:N`, by which syncs fail from the Nth on.
#![expect(unsafe_code, reason = "functions of the C library are replaced, and they speak in raw pointers")]
#![expect(
    clippy::missing_safety_doc,
    reason = "their contracts are those of the C library's functions of the same names"
)]

mod calls;
mod record;
mod state;
