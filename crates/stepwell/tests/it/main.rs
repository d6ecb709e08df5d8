//! The built binary from outside: a server of its own for each test, and the commands as a person types them.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod callbacks;
mod deploy;
mod failures;
mod keeping;
mod old_stores;
mod server;
mod watch;
