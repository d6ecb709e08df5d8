//! The runs of distributed Map states: each item, or batch of items, becomes an execution of its own.
//!
//! A run is one row with a cursor into its items; its children are executions under the run's own number, in the order of
//! the items. It goes on by turns: a turn begins a few children, or gathers the results of some, and no turn holds more than
//! a window of the items in memory. A child's end changes the row's counts in the commit that ends the child.

pub mod child;
mod csv;
mod files;
pub mod items;
pub mod model;
mod object;
mod opening;
mod redrive;
mod results;
pub mod source;
mod start;
mod stop;
mod turn;
mod written;

pub use redrive::redrive;
pub use start::{processor, start};
pub use stop::{forget_all_of, give_up};
pub use turn::go_on;

#[cfg(test)]
mod tests;
