//! Connections and rules as customers use them.

mod connections;
mod rules;
