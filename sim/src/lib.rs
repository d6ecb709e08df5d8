//! The simulator: the real core and the server's own writer in a world of one thread, one seed and one virtual clock.
//!
//! Thousands of clients, functions and crashes pass in seconds; checkers say what may never happen. The same seed gives the
//! same bytes. It knows everything and nothing knows it.

pub mod agenda;
pub mod ask;
pub mod census;
pub mod checkers;
pub mod clients;
pub mod clock;
pub mod facts;
pub mod host;
pub mod ledger;
pub mod line;
pub mod marks;
pub mod mirror;
pub mod outside;
pub mod profile;
pub mod random;
pub mod report;
pub mod sabotage;
pub mod setting;
mod stacks;
pub mod threads;
pub mod workflows;
pub mod world;

pub use profile::{PROFILES, Profile};
pub use report::Report;
pub use sabotage::Sabotage;
pub use world::{Plan, run};
