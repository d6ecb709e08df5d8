//! Preloaded into the server under the crash test.
