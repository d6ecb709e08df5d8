//! The engine as a whole, driven by data: scripts of events with a clock moved by hand, recorded histories of AWS, and
//! the bounds that no definition may break.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that can't go on has failed")]

mod bounds;
mod formats;
mod recorded;
mod scripts;
mod world;
