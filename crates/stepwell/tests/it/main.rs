//! The built binary from outside: a server of its own for each test, and the commands as a person types them.

mod callbacks;
mod failures;
mod server;
mod watch;
