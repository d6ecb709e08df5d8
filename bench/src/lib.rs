//! What the benchmark shares with the crash test: a client that costs little, and the words for what goes wrong.

pub mod http;
pub mod trouble;
